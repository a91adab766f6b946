"""Training of `fusion_stacked` on the out-of-fold probabilities of a text and an image model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.errors import ModelError
from rakuten_core.models.fusion_stacked import FusionStacked
from rakuten_core.models.probabilities import to_probabilities
from rakuten_core.study.folds import test_products
from rakuten_core.study.image_finetuned import ImageFinetunedTrainer
from rakuten_core.study.text_linear import TextLinearTrainer
from rakuten_core.study.training import Context, Trained, rows_of

TEXT_MODEL, IMAGE_MODEL = "text_linear", "image_finetuned"


class FusionStackedTrainer:
    """Trains `fusion_stacked` on the out-of-fold probabilities of the two models."""

    def __init__(self, image_size: int = 224, epochs: int = 8, folds: int = 3) -> None:
        self.model = FusionStacked()
        self.text = TextLinearTrainer()
        self.image = ImageFinetunedTrainer(image_size=image_size, epochs=epochs, folds=folds)

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters, with those of the two models below."""
        return {
            "C": self.model.C,
            "iterations": self.model.iterations,
            "text": self.text.parameters(),
            "image": self.image.parameters(),
        }

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        text, text_scores = self.text.out_of_fold(context)
        image, image_scores = self.image.out_of_fold(context)
        both = text.index.intersection(image.index)
        if both.empty:
            raise ModelError(
                "No product outside the test split has both a text and a photo: the fusion cannot "
                "be trained."
            )
        temperatures = {
            name: context.assets.model(name).manifest["temperature"]
            for name in (TEXT_MODEL, IMAGE_MODEL)
        }
        self.model.fit(
            to_probabilities(text_scores[text.index.get_indexer(both)], temperatures[TEXT_MODEL]),
            to_probabilities(
                image_scores[image.index.get_indexer(both)], temperatures[IMAGE_MODEL]
            ),
            text.loc[both, "prdtypecode"].to_numpy(),
        )
        self.model.save(folder)
        test = test_products(context.products)
        text_test = self._test_probabilities(context, TEXT_MODEL, test)
        image_test = self._test_probabilities(context, IMAGE_MODEL, test)
        has_image = ~np.isnan(image_test).any(axis=1)
        answered = has_image | ~np.isnan(text_test).any(axis=1)
        return Trained(
            test=test[answered],
            probabilities=self.model.predict_proba(text_test[answered], image_test[answered]),
            has_image=has_image[answered],
            rows=rows_of(context.products) | {"learned_from": len(both)},
            facts={
                "text_model": TEXT_MODEL,
                "image_model": IMAGE_MODEL,
                "milliseconds_per_product": round(
                    sum(
                        context.assets.model(name).manifest["milliseconds_per_product"]
                        for name in (TEXT_MODEL, IMAGE_MODEL)
                    ),
                    2,
                ),
                "parameter_count": self.model.coefficients_.size + self.model.intercepts_.size,
            },
        )

    @staticmethod
    def _test_probabilities(context: Context, name: str, test: pd.DataFrame) -> np.ndarray:
        """Return a model's saved test probabilities, NaN where it had nothing to read."""
        table = context.assets.model(name).test_probabilities().set_index("productid")
        columns = [column for column in table.columns if column.startswith("p_")]
        return table[columns].reindex(test["productid"]).to_numpy(np.float64)
