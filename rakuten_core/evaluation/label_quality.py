"""How credible given labels are, by probabilities of models that did not learn from them.

Confident learning (Northcutt, Jiang and Chuang 2021) with the `cleanlab` package.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.taxonomy import CODES


def rank_labels(codes: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """Return how credible each given label is, in the order of the input.

    Args:
        codes: (products,) given product type codes.
        probabilities: (products, 27) from models that did not learn from the product.

    Returns:
        A table with `quality` (0 to 1, low is suspicious: cleanlab's normalized margin),
        `issue` (whether confident learning calls it wrong), `suggested` (code),
        `suggested_probability` and `given_probability`.
    """
    # Takes a second to import, and nothing else needs it.
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    labels = class_indices(codes)
    # cleanlab wants the classes that occur, numbered without gaps.
    known = np.unique(labels)
    columns = probabilities[:, known] + 1e-9
    columns = columns / columns.sum(axis=1, keepdims=True)
    numbered = np.searchsorted(known, labels)
    best = probabilities.argmax(axis=1)
    rows = np.arange(len(labels))
    return pd.DataFrame(
        {
            "quality": get_label_quality_scores(numbered, columns, method="normalized_margin"),
            "issue": find_label_issues(numbered, columns, n_jobs=1),
            "suggested": np.asarray(CODES)[best],
            "suggested_probability": probabilities[rows, best],
            "given_probability": probabilities[rows, labels],
        }
    )


def precision_and_recall(
    wrong: np.ndarray, quality: np.ndarray, ranks: Sequence[float]
) -> list[dict[str, float]]:
    """Return precision and recall of the least credible labels.

    Args:
        wrong: (products,) whether the label is wrong.
        quality: (products,) low is suspicious.
        ranks: how many products to look at, as multiples of the number of wrong labels.
    """
    ordered = wrong[np.argsort(quality, kind="stable")]
    total = int(wrong.sum())
    rows = []
    for rank in ranks:
        looked_at = min(len(ordered), max(1, round(rank * total)))
        hits = int(ordered[:looked_at].sum())
        rows.append({"looked_at": looked_at, "precision": hits / looked_at, "recall": hits / total})
    return rows
