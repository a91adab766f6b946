"""Training of `text_linear`.

Hyper-parameters were chosen on the validation split. The final model learns from train and
validation together; calibration learns from out-of-fold predictions over the same products, so that
no held-out product is lost; the test split is only measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.inference.models.calibration import fit_temperature
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.training.context import Context
from rakuten_core.training.folds import learning_products, out_of_fold_scores
from rakuten_core.training.runner import Trained
from rakuten_core.training.trainers.text_measures import measured_on_texts

FOLDS = 5


class TextLinearTrainer:
    """Trains `text_linear`."""

    method_version = 1

    def __init__(self) -> None:
        self.model = TextLinear()

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

    def _fit(self, context: Context, table: pd.DataFrame) -> TextLinear:
        parameters = self.parameters()
        del parameters["folds"]
        model = TextLinear(**parameters, seed=context.seed)
        return model.fit(context.answerable(table), table["prdtypecode"].to_numpy())

    def learnt(self, context: Context, products: pd.DataFrame) -> TextLinear:
        """Return a model, not calibrated, that has learnt from some products."""
        return self._fit(context, products)

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products to learn from and their out-of-fold scores, (products, 27)."""
        products = learning_products(context.readable("text"), "text")

        def scores(learn: np.ndarray, hold: np.ndarray) -> np.ndarray:
            model = self._fit(context, products[learn])
            return model.scores(context.answerable(products[hold]))

        checkpoints = context.checkpoints("text_linear", self.method_version, self.parameters())
        return products, out_of_fold_scores(products, scores, checkpoints, "text_linear", FOLDS)

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        products, scores = self.held_out(context)
        model = self._fit(context, products)
        model.temperature_ = fit_temperature(scores, class_indices(products["prdtypecode"]))
        model.save(folder)
        # What is measured is what is shipped, rounded weights included.
        model = TextLinear.load(folder)
        return measured_on_texts(
            context,
            model,
            {
                "features": len(model.coefficients_),
                "parameter_count": model.coefficients_.size + model.intercepts_.size,
                "temperature": model.temperature_,
            },
        )
