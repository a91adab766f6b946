"""Training of `fusion_stacked` on the out-of-fold probabilities of a text and an image model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.catalog import fold_of
from rakuten_core.errors import ModelError
from rakuten_core.models import registry
from rakuten_core.models.fusion_stacked import FusionStacked
from rakuten_core.models.probabilities import to_probabilities
from rakuten_core.study.folds import test_products
from rakuten_core.study.training import Context, Trained, make_trainer, rows_of
from rakuten_core.taxonomy import CODES

FOLDS = 5


class FusionStackedTrainer:
    """Trains a `FusionStacked` on the out-of-fold probabilities of a text and an image model.

    Args:
        text: the registered text model.
        image: the registered image model.
        options: for the trainers of both.
    """

    def __init__(
        self,
        text: str = "text_linear",
        image: str = "image_finetuned",
        **options: Any,
    ) -> None:
        self.model = FusionStacked()
        self.names = {"text": text, "image": image}
        self.trainers = {
            modality: make_trainer(registry.entry(name), options)
            for modality, name in self.names.items()
        }

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters, with those of the two models below."""
        return {
            "C": self.model.C,
            "iterations": self.model.iterations,
            "text": self.trainers["text"].parameters(),
            "image": self.trainers["image"].parameters(),
        }

    def _below(self, context: Context) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
        """Return the products to learn from and both models' out-of-fold probabilities.

        Rows of NaN stand where a product lacks what a model reads.
        """
        found = {}
        for modality, trainer in self.trainers.items():
            products, scores = trainer.out_of_fold(context)
            temperature = context.assets.model(self.names[modality]).manifest["temperature"]
            found[modality] = products.index, to_probabilities(scores, temperature)
        index = found["text"][0].union(found["image"][0], sort=False)
        probabilities = []
        for rows, values in found.values():
            wide = np.full((len(index), len(CODES)), np.nan)
            wide[index.get_indexer(rows)] = values
            probabilities.append(wide)
        return context.products.loc[index], *probabilities

    def out_of_fold(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products to learn from and their out-of-fold probabilities, (products, 27)."""
        products, text, image = self._below(context)
        both = ~(np.isnan(text) | np.isnan(image)).any(axis=1)
        folds = np.array([fold_of(productid, FOLDS) for productid in products["productid"]])
        codes = products["prdtypecode"].to_numpy()
        fused = np.empty_like(text)
        for fold in range(FOLDS):
            hold, learn = folds == fold, both & (folds != fold)
            model = FusionStacked(self.model.C, self.model.iterations)
            model.fit(text[learn], image[learn], codes[learn])
            if hold.any():
                fused[hold] = model.predict_proba(text[hold], image[hold])
        return products, fused

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        products, text, image = self._below(context)
        both = ~(np.isnan(text) | np.isnan(image)).any(axis=1)
        if not both.any():
            raise ModelError(
                "No product outside the test split has both a text and a photo: the fusion cannot "
                "be trained."
            )
        codes = products["prdtypecode"].to_numpy()
        self.model.fit(text[both], image[both], codes[both])
        self.model.save(folder)
        test = test_products(context.products)
        text_test, image_test = (
            self._test_probabilities(context, name, test) for name in self.names.values()
        )
        has_image = ~np.isnan(image_test).any(axis=1)
        answered = has_image | ~np.isnan(text_test).any(axis=1)
        return Trained(
            test=test[answered],
            probabilities=self.model.predict_proba(text_test[answered], image_test[answered]),
            has_image=has_image[answered],
            rows=rows_of(context.products) | {"learned_from": int(both.sum())},
            facts={
                "text_model": self.names["text"],
                "image_model": self.names["image"],
                "milliseconds_per_product": round(
                    sum(
                        context.assets.model(name).manifest["milliseconds_per_product"]
                        for name in self.names.values()
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
