"""Training of `text_bayes`, whose hyper-parameters were chosen on the validation split."""

from __future__ import annotations

from typing import Any

from rakuten_core.inference.models.bayes import TextBayes
from rakuten_core.training.trainers.text_out_of_fold import FOLDS, OutOfFoldTextTrainer


class TextBayesTrainer(OutOfFoldTextTrainer):
    """Trains `text_bayes`."""

    name = "text_bayes"

    def __init__(self) -> None:
        self.model = TextBayes()

    def untrained(self, seed: int) -> TextBayes:
        """Return a new model that has learnt nothing; nothing in it is random."""
        return TextBayes()

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return {
            "alpha": self.model.alpha,
            "word_ngrams": self.model.word_ngrams,
            "minimum_products": self.model.minimum_products,
            "characters": self.model.characters,
            "network_weights": "int8",
            "folds": FOLDS,
        }
