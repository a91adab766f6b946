"""Answers with what is in `assets/`, without TensorFlow."""

from rakuten_core.service.classifier import (
    Classification,
    Classifier,
    RankedType,
    RowResult,
)

__all__ = ["Classification", "Classifier", "RankedType", "RowResult"]
