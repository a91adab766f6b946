"""What the trainers of text models share: the measures of a model as it is on disk."""

from __future__ import annotations

from typing import Any

import numpy as np

from rakuten_core.evaluation.metrics import weighted_f1
from rakuten_core.inference.models.model import Model
from rakuten_core.training.context import Context, rows_of
from rakuten_core.training.folds import test_products
from rakuten_core.training.runner import Trained


def measured_on_texts(context: Context, model: Model, facts: dict[str, Any]) -> Trained:
    """Return what a text model, as it is on disk, answers to the test products."""
    readable = context.readable("text")
    test = test_products(readable)
    probabilities = model.predict_proba(context.answerable(test))
    return Trained(test, probabilities, rows_of(readable), facts)


def quantization_cost(what: str, measured: Trained, before: np.ndarray) -> dict[str, Any]:
    """Return what quantization costs a model, for its manifest.

    Args:
        what: was quantized.
        measured: the model as it ships.
        before: (test products, 27) scores of the model before.
    """
    codes = measured.test["prdtypecode"].to_numpy()
    return {
        "what": what,
        "rows": len(codes),
        "weighted_f1_before": weighted_f1(codes, before),
        "weighted_f1_after": weighted_f1(codes, measured.probabilities),
    }
