"""Training of the models that stack two others, on the held-out probabilities of both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core import registry
from rakuten_core.data.catalog import fold_of
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.metrics import label_positions
from rakuten_core.inference.models.calibration import to_probabilities
from rakuten_core.inference.models.stacking import Stacked
from rakuten_core.inference.models.two_stage import TwoStage
from rakuten_core.taxonomy import CODES
from rakuten_core.training.folds import test_products
from rakuten_core.training.runner import Context, StackableTrainer, Trained, make_trainer, rows_of

FOLDS = 5
METHODS = {"stacked": Stacked, "two_stage": TwoStage}


class StackedTrainer:
    """Trains a `Stacked` on the held-out probabilities of two models.

    Args:
        first: a registered model of the project's own.
        second: another one.
        method: how the two are stacked, a name of `METHODS`.
        strengths: of the pull towards the product of the two models; of several, the one with the
            smallest log loss out of fold is taken.
        options: for the trainers of both.
    """

    def __init__(
        self,
        first: str,
        second: str,
        method: str = "stacked",
        strengths: Sequence[float] = (100.0,),
        **options: Any,
    ) -> None:
        self.method = method
        self.strengths = tuple(strengths)
        self.names = {"first": first, "second": second}
        self.trainers: dict[str, StackableTrainer] = {
            place: make_trainer(registry.entry(name), options) for place, name in self.names.items()
        }

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters, with those of the two models below."""
        parameters = {
            "strength": self.strengths[0] if len(self.strengths) == 1 else self.strengths,
            "iterations": METHODS[self.method]().iterations,
            "first": self.trainers["first"].parameters(),
            "second": self.trainers["second"].parameters(),
        }
        return parameters if self.method == "stacked" else parameters | {"method": self.method}

    def _below(self, context: Context) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
        """Return the products to learn from and both models' held-out probabilities.

        Rows of NaN stand where a product lacks what a model reads.
        """
        found = {}
        index = context.products.index
        for place, trainer in self.trainers.items():
            name = self.names[place]
            products, scores = trainer.held_out(context)
            temperature = context.assets.model(name).manifest["temperature"]
            found[place] = products.index, to_probabilities(scores, temperature)
            # A product that the model reads but has learnt from would teach too much trust in it.
            readable = context.readable(registry.entry(name).modality).index
            index = index.difference(readable.difference(products.index), sort=False)
        known = found["first"][0].union(found["second"][0], sort=False)
        index = known[known.isin(index)]
        probabilities = []
        for rows, values in found.values():
            here = rows.isin(index)
            wide = np.full((len(index), len(CODES)), np.nan)
            wide[index.get_indexer(rows[here])] = values[here]
            probabilities.append(wide)
        return context.products.loc[index], *probabilities

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products to learn from and out-of-fold log-probabilities, (products, 27).

        The two models below are not trained again for each fold of the regression: their held-out
        probabilities are of models that never saw the product.
        """
        products, first, second = self._below(context)
        strength = self._best_strength(products, first, second)
        fused = self._out_of_fold(products, first, second, strength)
        return products, np.log(np.clip(fused, 1e-9, 1.0)).astype(np.float32)

    def _out_of_fold(
        self, products: pd.DataFrame, first: np.ndarray, second: np.ndarray, strength: float
    ) -> np.ndarray:
        both = ~(np.isnan(first) | np.isnan(second)).any(axis=1)
        folds = np.array([fold_of(productid, FOLDS) for productid in products["productid"]])
        codes = products["prdtypecode"].to_numpy()
        fused = np.empty_like(first)
        for fold in range(FOLDS):
            hold, learn = folds == fold, both & (folds != fold)
            model = METHODS[self.method](strength)
            model.fit(first[learn], second[learn], codes[learn])
            if hold.any():
                fused[hold] = model.predict_proba(first[hold], second[hold])
        return fused

    def _best_strength(
        self, products: pd.DataFrame, first: np.ndarray, second: np.ndarray
    ) -> float:
        if len(self.strengths) == 1:
            return self.strengths[0]
        labels = label_positions(products["prdtypecode"])
        rows = np.flatnonzero(~(np.isnan(first) | np.isnan(second)).any(axis=1))

        def loss(strength: float) -> float:
            fused = self._out_of_fold(products, first, second, strength)
            return float(-np.log(np.clip(fused[rows, labels[rows]], 1e-9, 1.0)).mean())

        bar = tqdm(self.strengths, desc="strengths", unit="strength")
        return min(bar, key=loss)

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        products, first, second = self._below(context)
        both = ~(np.isnan(first) | np.isnan(second)).any(axis=1)
        if not both.any():
            raise ModelError(
                "No product outside the test split can be read by both "
                f"{' and '.join(self.names.values())}: they cannot be stacked."
            )
        codes = products["prdtypecode"].to_numpy()
        strength = self._best_strength(products, first, second)
        model = METHODS[self.method](strength).fit(first[both], second[both], codes[both])
        model.save(folder)
        test = test_products(context.products)
        first_test, second_test = (
            self._test_probabilities(context, name, test) for name in self.names.values()
        )
        answered = ~np.isnan(first_test).any(axis=1) | ~np.isnan(second_test).any(axis=1)
        rows = test[answered]
        return Trained(
            test=rows,
            probabilities=model.predict_proba(first_test[answered], second_test[answered]),
            has_image=rows.index.isin(context.products_with_photo.index),
            rows=rows_of(context.products) | {"learned_from": int(both.sum())},
            facts={
                "first_model": self.names["first"],
                "second_model": self.names["second"],
                # What comes out is calibrated by the regression.
                "temperature": 1.0,
                "milliseconds_per_product": self._milliseconds(context),
                "parameter_count": model.parameter_count,
                "strength": strength,
            },
        )

    def _milliseconds(self, context: Context) -> float:
        """Return the time to answer one product: text and photo are read at the same time."""
        times = [
            context.assets.model(name).manifest["milliseconds_per_product"]
            for name in self.names.values()
        ]
        beside = len({registry.entry(name).modality for name in self.names.values()}) > 1
        return round(max(times) if beside else sum(times), 2)

    @staticmethod
    def _test_probabilities(context: Context, name: str, test: pd.DataFrame) -> np.ndarray:
        """Return a model's saved test probabilities, NaN where it had nothing to read."""
        table = context.assets.model(name).test_probabilities().set_index("productid")
        columns = [column for column in table.columns if column.startswith("p_")]
        return table[columns].reindex(test["productid"]).to_numpy(np.float64)
