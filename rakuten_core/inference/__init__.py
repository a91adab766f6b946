"""Answers with what is in `assets/`, without TensorFlow."""

from rakuten_core.inference.answers import Classification, RankedType, RowResult
from rakuten_core.inference.classifier import Classifier, shared_classifier
from rakuten_core.inference.explanations import Explanation, TextExplanation, Word
from rakuten_core.inference.influence import Influence, Influences
from rakuten_core.inference.similar import (
    Familiarity,
    Neighbour,
    SimilarProducts,
    shared_similar,
)

__all__ = [
    "Classification",
    "Classifier",
    "Explanation",
    "Familiarity",
    "Influence",
    "Influences",
    "Neighbour",
    "RankedType",
    "RowResult",
    "SimilarProducts",
    "TextExplanation",
    "Word",
    "shared_classifier",
    "shared_similar",
]
