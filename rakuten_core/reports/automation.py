"""How much of a catalogue can be sorted without a person, for how many right answers."""

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.reports.saved_answers import answers
from rakuten_core.taxonomy import CODES


def automation_curve(assets: Assets, name: str) -> pd.DataFrame:
    """Return what is sorted automatically when only answers above a limit are taken.

    Args:
        assets: where the models are.
        name: of the model.

    Returns:
        One row per test product, the surest answer first: the `limit` on the probability, the
        `share` of the products at or above it, the `precision` (accuracy) of their answers.
    """
    found = answers(assets, name)
    sure = found.probabilities.max(axis=1)
    right = np.asarray(CODES)[found.probabilities.argmax(axis=1)] == found.codes
    order = np.argsort(-sure, kind="stable")
    taken = np.arange(1, len(order) + 1)
    return pd.DataFrame(
        {
            "limit": sure[order],
            "share": taken / len(order),
            "precision": np.cumsum(right[order]) / taken,
        }
    )


def automatic_share(curve: pd.DataFrame, precision: float) -> float:
    """Return the largest share of the products that can be sorted with at least this precision.

    Args:
        curve: of `automation_curve`.
        precision: from 0 to 1.

    Returns:
        0 where no limit reaches it.
    """
    enough = curve.loc[curve["precision"] >= precision, "share"]
    return float(enough.max()) if len(enough) else 0.0
