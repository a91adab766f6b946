"""Answers with what is in `assets/`, without TensorFlow."""

from rakuten_core.inference.answers import Classification, RankedType, RowResult
from rakuten_core.inference.classifier import Classifier, shared_classifier
from rakuten_core.inference.explanations import Explanation, TextExplanation, Word
from rakuten_core.inference.influence import Influence, Influences

__all__ = [
    "Classification",
    "Classifier",
    "Explanation",
    "Influence",
    "Influences",
    "RankedType",
    "RowResult",
    "TextExplanation",
    "Word",
    "shared_classifier",
]
