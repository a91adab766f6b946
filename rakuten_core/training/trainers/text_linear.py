"""Training of `text_linear`, whose hyper-parameters were chosen on the validation split."""

from __future__ import annotations

from typing import Any

from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.training.trainers.text_out_of_fold import FOLDS, OutOfFoldTextTrainer


class TextLinearTrainer(OutOfFoldTextTrainer):
    """Trains `text_linear`."""

    name = "text_linear"

    def __init__(self) -> None:
        self.model = TextLinear()

    def untrained(self, seed: int) -> TextLinear:
        """Return a new model that has learnt nothing."""
        return TextLinear(seed=seed)

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return {
            "C": self.model.C,
            "word_ngrams": self.model.word_ngrams,
            "character_ngrams": self.model.character_ngrams,
            "minimum_products": self.model.minimum_products,
            "features": self.model.features,
            "folds": FOLDS,
        }
