"""Measures of a trained model from its saved test probabilities."""

from __future__ import annotations

from typing import Any

from rakuten_core.assets import METRICS_FILE, Assets, ModelAssets, probability_matrix
from rakuten_core.evaluation.metrics import evaluate_subsets
from rakuten_core.files import write_json


def measure_saved(model: ModelAssets) -> dict[str, Any]:
    """Return the measures of what a model answered to the test products, by subset.

    Raises:
        AssetError: its files are missing or damaged.
    """
    table = model.test_probabilities()
    return evaluate_subsets(
        table["prdtypecode"].to_numpy(),
        probability_matrix(table),
        table["has_text"].to_numpy(),
        table["has_image"].to_numpy(),
    )


def rescore(assets: Assets, name: str) -> dict[str, Any]:
    """Measure a trained model anew from its saved test probabilities, and write its metrics.

    Raises:
        AssetError: the model has not been trained, or its files are damaged.
    """
    model = assets.model(name)
    metrics = measure_saved(model)
    write_json(model.folder / METRICS_FILE, metrics)
    return metrics
