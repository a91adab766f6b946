"""How sure the models are of the truth, and whether they may be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.evaluation.metrics import class_indices, reliability
from rakuten_core.reports.saved_answers import answers


def true_class_probability(assets: Assets, name: str) -> np.ndarray:
    """Return the probability that a model gave to the truth, (products,)."""
    found = answers(assets, name)
    return found.probabilities[np.arange(len(found.codes)), class_indices(found.codes)]


def reliability_of(assets: Assets, name: str) -> pd.DataFrame:
    """Return `confidence`, `accuracy` and `products` per bin of a model's confidence."""
    found = answers(assets, name)
    return pd.DataFrame(
        reliability(class_indices(found.codes), found.probabilities),
        columns=["confidence", "accuracy", "products"],
    )


def training_histories(assets: Assets, names: Sequence[str]) -> dict[str, list[dict[str, float]]]:
    """Return the measures per epoch of those of the models that were trained in epochs."""
    found = {name: assets.model(name).history for name in names}
    return {name: history for name, history in found.items() if history}
