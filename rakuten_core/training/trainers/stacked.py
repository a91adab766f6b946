"""Training of the models that stack two others, on the held-out probabilities of both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core import registry
from rakuten_core.data.catalog import fold_of
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.metrics import class_indices, weighted_f1
from rakuten_core.inference.models.calibration import to_probabilities
from rakuten_core.inference.models.stacking import Stacked
from rakuten_core.inference.models.two_stage import TwoStage
from rakuten_core.language import _, listing
from rakuten_core.taxonomy import CODES
from rakuten_core.training.context import Context, rows_of
from rakuten_core.training.folds import test_products
from rakuten_core.training.runner import Trained, make_trainer

FOLDS = 5
METHODS = {"stacked": Stacked, "two_stage": TwoStage}


class StackedTrainer:
    """Trains a stack on the held-out probabilities of two models.

    Args:
        needs: names of the two registered models.
        method: how the two are stacked, a name of `METHODS`.
        l2_penalties: candidates; the one with the smallest log loss out of fold is taken. The
            largest leaves hardly more than one weight per model.
        held_out_by: for a model of `needs`, the name of one whose held-out answers stand for its
            own: a part of it that answers more products.
        options: for the trainers of both.
    """

    method_version = 1

    def __init__(
        self,
        needs: tuple[str, str],
        method: str = "stacked",
        l2_penalties: Sequence[float] = (1e1, 1e2, 1e3, 1e4, 1e5, 1e6),
        held_out_by: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        self.needs = needs
        self.method = method
        self.l2_penalties = tuple(l2_penalties)
        stands_for = held_out_by or {}
        # In the order of `needs`.
        self.trainers: dict[str, Any] = {
            name: make_trainer(registry.entry(name), options)
            for name in (stands_for.get(needed, needed) for needed in needs)
        }

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters, with those of the two models below."""
        return {
            "method": self.method,
            "l2_penalties": self.l2_penalties,
            "iterations": METHODS[self.method]().iterations,
            "below": {name: trainer.parameters() for name, trainer in self.trainers.items()},
        }

    def _below(self, context: Context) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
        """Return the products to learn from and both models' held-out probabilities.

        Rows of NaN stand where a product lacks what a model reads.
        """
        found = {}
        index = context.products.index
        for name, trainer in self.trainers.items():
            products, scores = trainer.held_out(context)
            temperature = context.assets.model(name).manifest["temperature"]
            found[name] = products.index, to_probabilities(scores, temperature)
            # A product that the model reads but has learnt from would teach too much trust in it.
            readable = context.readable(registry.entry(name).modality).index
            index = index.difference(readable.difference(products.index), sort=False)
        first, second = (rows for rows, _values in found.values())
        known = first.union(second, sort=False)
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
        penalty = self._best(self._candidates(context, products, first, second))
        fused = self._out_of_fold(products, first, second, penalty)
        return products, np.log(np.clip(fused, 1e-9, 1.0)).astype(np.float32)

    def _out_of_fold(
        self, products: pd.DataFrame, first: np.ndarray, second: np.ndarray, l2_penalty: float
    ) -> np.ndarray:
        both = ~(np.isnan(first) | np.isnan(second)).any(axis=1)
        folds = np.array([fold_of(productid, FOLDS) for productid in products["productid"]])
        codes = products["prdtypecode"].to_numpy()
        fused = np.empty_like(first)
        for fold in range(FOLDS):
            hold, learn = folds == fold, both & (folds != fold)
            model = METHODS[self.method](l2_penalty)
            model.fit(first[learn], second[learn], codes[learn])
            if hold.any():
                fused[hold] = model.combine(first[hold], second[hold])
        return fused

    def _candidates(
        self, context: Context, products: pd.DataFrame, first: np.ndarray, second: np.ndarray
    ) -> list[dict[str, float]]:
        """Return log loss and weighted F1 out of fold of each candidate penalty.

        What is stacked on this stack asks again.
        """

        def measure() -> dict[str, np.ndarray]:
            return {"candidates": np.array(json.dumps(self._measured(products, first, second)))}

        runs = {name: context.assets.model(name).manifest["run"] for name in self.trainers}
        checkpoints = context.checkpoints("stacked", self.method_version, self.parameters(), runs)
        return json.loads(str(checkpoints.arrays("candidates", measure)["candidates"]))

    def _measured(
        self, products: pd.DataFrame, first: np.ndarray, second: np.ndarray
    ) -> list[dict[str, float]]:
        codes = products["prdtypecode"].to_numpy()
        rows = np.flatnonzero(~(np.isnan(first) | np.isnan(second)).any(axis=1))
        result = []
        for penalty in tqdm(self.l2_penalties, desc="L2 penalties", unit="candidate"):
            fused = self._out_of_fold(products, first, second, penalty)[rows]
            truth = fused[np.arange(len(rows)), class_indices(codes[rows])]
            result.append(
                {
                    "l2_penalty": penalty,
                    "log_loss": float(-np.log(np.clip(truth, 1e-9, 1.0)).mean()),
                    "weighted_f1": weighted_f1(codes[rows], fused),
                    "rows": len(rows),
                }
            )
        return result

    @staticmethod
    def _best(candidates: list[dict[str, float]]) -> float:
        return min(candidates, key=lambda each: each["log_loss"])["l2_penalty"]

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        products, first, second = self._below(context)
        both = ~(np.isnan(first) | np.isnan(second)).any(axis=1)
        if not both.any():
            raise ModelError(
                _(
                    "No product outside the test split can be read by both {models}: they cannot "
                    "be stacked."
                ).format(models=listing(list(self.needs)))
            )
        codes = products["prdtypecode"].to_numpy()
        candidates = self._candidates(context, products, first, second)
        penalty = self._best(candidates)
        model = METHODS[self.method](penalty).fit(first[both], second[both], codes[both])
        model.save(folder)
        test = test_products(context.products)
        first_test, second_test = (context.test_probabilities(name, test) for name in self.needs)
        answered = ~np.isnan(first_test).any(axis=1) | ~np.isnan(second_test).any(axis=1)
        return Trained(
            test=test[answered],
            probabilities=model.combine(first_test[answered], second_test[answered]),
            rows=rows_of(context.products) | {"learned_from": int(both.sum())},
            facts={
                # What comes out is calibrated by the regression.
                "temperature": 1.0,
                "parameter_count": model.parameter_count,
                "l2_penalty": penalty,
                "candidates": candidates,
            },
        )
