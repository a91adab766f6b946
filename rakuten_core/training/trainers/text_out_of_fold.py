"""Training of the text models that learn in seconds, out of fold first.

The final model learns from train and validation together; calibration learns from out-of-fold
predictions over the same products, so that no held-out product is lost; the test split is only
measured.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.inference.models.calibration import fit_temperature
from rakuten_core.training.context import Context
from rakuten_core.training.folds import learning_products, out_of_fold_scores
from rakuten_core.training.runner import Trained
from rakuten_core.training.trainers.text_measures import measured_on_texts

FOLDS = 5


class OutOfFoldTextTrainer(ABC):
    """Trains a model with `fit`, `scores`, `save` and `load`.

    Attributes:
        name: of the model.
        method_version: see `trainable.TrainableModel`.
    """

    name: str
    method_version: int = 1

    @abstractmethod
    def untrained(self, seed: int) -> Any:
        """Return a new model that has learnt nothing."""

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""

    def learnt(self, context: Context, products: pd.DataFrame) -> Any:
        """Return a model, not calibrated, that has learnt from some products."""
        model = self.untrained(context.seed)
        return model.fit(context.answerable(products), products["prdtypecode"].to_numpy())

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products to learn from and their out-of-fold scores, (products, 27)."""
        products = learning_products(context.readable("text"), "text")

        def scores(learn: np.ndarray, hold: np.ndarray) -> np.ndarray:
            model = self.learnt(context, products[learn])
            return model.scores(context.answerable(products[hold]))

        checkpoints = context.checkpoints(self.name, self.method_version, self.parameters())
        return products, out_of_fold_scores(products, scores, checkpoints, self.name, FOLDS)

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        products, scores = self.held_out(context)
        model = self.learnt(context, products)
        model.temperature_ = fit_temperature(scores, class_indices(products["prdtypecode"]))
        model.save(folder)
        # What is measured is what is shipped, rounded weights included.
        model = type(model).load(folder)
        return measured_on_texts(
            context,
            model,
            {
                "features": len(model.coefficients_),
                "parameter_count": model.coefficients_.size + model.intercepts_.size,
                "temperature": model.temperature_,
            },
        )
