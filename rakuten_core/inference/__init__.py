"""Answers with what is in `assets/`, without TensorFlow."""

from rakuten_core.inference.answers import Classification, RankedType, RowResult
from rakuten_core.inference.classifier import Classifier, shared_classifier
from rakuten_core.inference.explanations import Explanation, TextExplanation, Word

__all__ = [
    "Classification",
    "Classifier",
    "Explanation",
    "RankedType",
    "RowResult",
    "TextExplanation",
    "Word",
    "shared_classifier",
]
