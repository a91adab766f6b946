"""Answers with what is in `assets/`, without TensorFlow."""

from rakuten_core.service.classifier import (
    Classification,
    Classifier,
    RankedType,
    RowResult,
)
from rakuten_core.service.explanations import Explanation, Word

__all__ = ["Classification", "Classifier", "Explanation", "RankedType", "RowResult", "Word"]
