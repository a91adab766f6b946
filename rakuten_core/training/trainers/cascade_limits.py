"""Choosing the limits of a cascade on the validation split."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core import registry
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.certainty import automatic_share, certainty_curve
from rakuten_core.evaluation.metrics import class_indices, weighted_f1
from rakuten_core.inference.models.calibration import to_probabilities
from rakuten_core.inference.models.cascade import GIVEN, Cascade, leaves
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES
from rakuten_core.training.context import Context, rows_of
from rakuten_core.training.folds import test_products
from rakuten_core.training.runner import Trained, make_trainer

# A limit that no probability reaches: the stage is passed over.
_NEVER = 2.0


class CascadeTrainer:
    """Chooses the limits at which products leave the stages of a cascade.

    For products of each kind (text, photo, both) the limits are those that cost least among those
    that lose little against the last stage alone, on the validation split: at most `tolerance` in
    weighted F1, and at most `share_tolerance` of the products that can be sorted with `precision`.
    No stage has learnt from these products.

    Args:
        needs: names of the models, from the cheapest to the best.
        milliseconds: what each stage adds on two cores, as measured; only proportions count.
        tolerance: weighted F1 that may be lost.
        precision: of what is sorted without a person.
        share_tolerance: share of the products that may be lost to a person.
        candidates: other tolerances, to show what the limits trade.
        limits: probabilities to choose from.
        options: for the trainers of the stages.
    """

    method_version = 2

    def __init__(
        self,
        needs: Sequence[str],
        milliseconds: Sequence[float],
        tolerance: float = 0.002,
        precision: float = 0.95,
        share_tolerance: float = 0.002,
        candidates: Sequence[float] = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
        limits: Sequence[float] = tuple(np.round(np.arange(0.4, 1.0, 0.025), 3).tolist()),
        **options: Any,
    ) -> None:
        if len(milliseconds) != len(needs):
            raise ModelError(
                _(
                    "A cascade needs the milliseconds of each of its {stages} stages. Received: "
                    "{received}."
                ).format(stages=len(needs), received=len(milliseconds))
            )
        self.needs = tuple(needs)
        self.milliseconds = tuple(milliseconds)
        self.tolerance = tolerance
        self.precision = precision
        self.share_tolerance = share_tolerance
        self.candidates = tuple(sorted({*candidates, tolerance}))
        self.limits = (*limits, _NEVER)
        self.trainers: dict[str, Any] = {
            name: make_trainer(registry.entry(name), options) for name in needs
        }

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters, with those of the stages."""
        return {
            "milliseconds": self.milliseconds,
            "tolerance": self.tolerance,
            "precision": self.precision,
            "share_tolerance": self.share_tolerance,
            "candidates": self.candidates,
            "limits": self.limits,
            "below": {name: trainer.parameters() for name, trainer in self.trainers.items()},
        }

    def _held_out(self, context: Context) -> tuple[pd.DataFrame, list[np.ndarray]]:
        """Return the validation products that the last stage answers, and each stage's answers."""
        found = {name: trainer.held_out(context) for name, trainer in self.trainers.items()}
        last, _answered = found[self.needs[-1]]
        products = last[last["split"] == "validation"]
        if products.empty:
            raise ModelError(
                _("No validation product can be answered: give it a larger catalogue.")
            )
        answers = []
        for name, (table, scores) in found.items():
            temperature = context.assets.model(name).manifest["temperature"]
            wide = np.full((len(products), len(CODES)), np.nan)
            here = table.index.isin(products.index)
            wide[products.index.get_indexer(table.index[here])] = to_probabilities(
                scores[here], temperature
            )
            answers.append(wide)
        return products, answers

    def _choose(
        self, codes: np.ndarray, answers: Sequence[np.ndarray], kind: int, tolerance: float
    ) -> np.ndarray:
        """Return the limits, (stages - 1,), for products of one kind."""
        dearest = np.full(len(answers) - 1, _NEVER)
        if len(codes) == 0:
            return dearest
        least = weighted_f1(codes, answers[-1]) - tolerance
        # A small loss in weighted F1 can be a large one among the surest.
        least_share = self._share(codes, answers[-1]) - self.share_tolerance
        costs = np.cumsum(self._costs(kind))
        best = (float(costs[-1]), dearest)
        for limits in itertools.product(self.limits, repeat=len(answers) - 1):
            result, stages = _passed(answers, np.array(limits))
            cost = float(costs[stages].mean())
            if (
                cost < best[0]
                and weighted_f1(codes, result) >= least
                and self._share(codes, result) >= least_share
            ):
                best = (cost, np.array(limits))
        return best[1]

    def _share(self, codes: np.ndarray, answers: np.ndarray) -> float:
        """Return the share of products that can be sorted with the wanted precision."""
        right = answers.argmax(axis=1) == class_indices(codes)
        return automatic_share(certainty_curve(answers.max(axis=1), right), self.precision)

    def _costs(self, kind: int) -> np.ndarray:
        """Return what each stage adds for products of one kind, in milliseconds, (stages,).

        A text stage costs nothing without a text, and the photo's part of a fusion nothing without
        a photo.
        """
        reads = [registry.entry(name).modality for name in self.needs]
        idle = {"image": "text", "text": "fusion", "both": None}[GIVEN[kind]]
        return np.where([each == idle for each in reads], 0.0, self.milliseconds)

    def _mean_cost(self, given: np.ndarray, stages: np.ndarray) -> float:
        """Return what products cost on average when they leave at these stages."""
        costs = np.cumsum([self._costs(kind) for kind in range(len(GIVEN))], axis=1)
        return float(costs[given, stages].mean())

    def train(self, context: Context, folder: Path) -> Trained:
        """Choose, write the limits and answer the test products."""
        products, answers = self._held_out(context)
        given = _given(context, products)
        codes = products["prdtypecode"].to_numpy()
        candidates = []
        chosen: np.ndarray | None = None
        for tolerance in tqdm(self.candidates, desc="tolerances", unit="candidate"):
            limits = np.stack(
                [
                    self._choose(
                        codes[given == kind],
                        [each[given == kind] for each in answers],
                        kind,
                        tolerance,
                    )
                    for kind in range(len(GIVEN))
                ]
            )
            if tolerance == self.tolerance:
                chosen = limits
            candidates.append(
                {"tolerance": tolerance, "limits": limits.tolist()}
                | self._measured(codes, given, answers, limits)
            )
        assert chosen is not None
        Cascade(chosen).save(folder)

        test = test_products(context.products)
        of_test = [context.test_probabilities(name, test) for name in self.needs]
        answered = ~np.isnan(of_test[-1]).any(axis=1)
        test, of_test = test[answered], [each[answered] for each in of_test]
        result, stages = _by_kind(of_test, _given(context, test), chosen)
        last_alone = weighted_f1(codes, answers[-1])
        return Trained(
            test=test,
            probabilities=result,
            rows=rows_of(context.products) | {"learned_from": len(products)},
            # A limit for each type is chosen on them.
            validation=(products, _by_kind(answers, given, chosen)[0]),
            facts={
                "temperature": 1.0,
                "parameter_count": int(chosen.size),
                "limits": dict(zip(GIVEN, chosen.tolist(), strict=True)),
                "candidates": candidates,
                "last_stage_alone": {
                    "rows": len(products),
                    "weighted_f1": last_alone,
                    "automatic_share": self._share(codes, answers[-1]),
                    "milliseconds": self._mean_cost(
                        given, np.full(len(products), len(self.needs) - 1)
                    ),
                },
                "test_shares": {
                    name: float((stages == stage).mean()) for stage, name in enumerate(self.needs)
                },
            },
        )

    def _measured(
        self,
        codes: np.ndarray,
        given: np.ndarray,
        answers: Sequence[np.ndarray],
        limits: np.ndarray,
    ) -> dict[str, Any]:
        """Return what limits give on the products that they are chosen on."""
        result, stages = _by_kind(answers, given, limits)
        return {
            "rows": len(codes),
            "weighted_f1": weighted_f1(codes, result),
            "automatic_share": self._share(codes, result),
            "milliseconds": self._mean_cost(given, stages),
            "shares": {
                name: float((stages == stage).mean()) for stage, name in enumerate(self.needs)
            },
        }


def _given(context: Context, products: pd.DataFrame) -> np.ndarray:
    """Return what each product consists of, as an index of `GIVEN`."""
    photo = products.index.isin(context.products_with_photo.index)
    text = products["has_text"].to_numpy()
    return np.where(text & photo, GIVEN.index("both"), np.where(photo, GIVEN.index("image"), 0))


def _passed(answers: Sequence[np.ndarray], limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the answers with which products of one kind leave, and at which stage."""
    result, stages = answers[-1].copy(), np.full(len(answers[-1]), len(answers) - 1)
    for stage in reversed(range(len(limits))):
        sure = leaves(answers[stage], np.full(len(result), limits[stage]))
        result[sure], stages[sure] = answers[stage][sure], stage
    return result, stages


def _by_kind(
    answers: Sequence[np.ndarray], given: np.ndarray, limits: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the answers with which products of all kinds leave, and at which stage."""
    result, stages = np.empty_like(answers[-1]), np.empty(len(given), np.int64)
    for kind in range(len(GIVEN)):
        here = given == kind
        result[here], stages[here] = _passed([each[here] for each in answers], limits[kind])
    return result, stages
