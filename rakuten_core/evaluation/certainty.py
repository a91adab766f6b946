"""How many answers are sure enough to be taken as they are, and how many of these are right."""

import numpy as np
import pandas as pd


def certainty_curve(sure: np.ndarray, right: np.ndarray) -> pd.DataFrame:
    """Return what is taken when only answers at or above a limit are.

    Args:
        sure: the highest probability of each answer, (products,).
        right: whether each answer is right, bool (products,).

    Returns:
        One row per probability that occurs, the highest first: the `limit`, the number of
        `products` at or above it, their `share` of all, the `precision` (accuracy) of their
        answers.
    """
    limits, count = np.unique(sure, return_counts=True)
    right_at = np.bincount(np.searchsorted(limits, sure), weights=right, minlength=len(limits))
    taken = np.cumsum(count[::-1])
    return pd.DataFrame(
        {
            "limit": limits[::-1],
            "products": taken,
            "share": taken / len(sure),
            "precision": np.cumsum(right_at[::-1]) / taken,
        }
    )


def automatic_share(curve: pd.DataFrame, precision: float) -> float:
    """Return the largest share of the products that can be sorted with at least this precision.

    Args:
        curve: of `certainty_curve`.
        precision: from 0 to 1.

    Returns:
        0 where no limit reaches it.
    """
    enough = curve.loc[curve["precision"] >= precision, "share"]
    return float(enough.max()) if len(enough) else 0.0
