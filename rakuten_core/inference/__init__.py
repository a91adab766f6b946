"""Answers with what is in `assets/`, without TensorFlow."""

from rakuten_core.inference.classifier import (
    Classification,
    Classifier,
    RankedType,
    RowResult,
)
from rakuten_core.inference.explanations import Explanation, Word

__all__ = ["Classification", "Classifier", "Explanation", "RankedType", "RowResult", "Word"]
