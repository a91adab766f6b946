"""One answer from the probabilities of two models, whichever of them could read the product."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from rakuten_core.errors import ModelError
from rakuten_core.files import read_arrays, write_arrays
from rakuten_core.inference.models.calibration import to_probabilities
from rakuten_core.inference.models.model import Asked, LoadedModel, Model, for_readable
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES

FILE_NAME = "stacked.npz"
# Smaller probabilities count alike: how far below is noise that the regression would follow.
_SMALLEST = 1e-3


class StackOfTwo(LoadedModel):
    """What all stacks of two models share: whom they ask, and what they do without an answer."""

    def answers(self, asked: Asked, rows: np.ndarray) -> np.ndarray:
        """Return what the two models below say together, (rows, 27).

        A row is NaN where neither model has anything to read.
        """
        one, other = self.below
        if len(rows) == 1:
            # One product: each model on a core of its own. Of many, each shares them out by itself.
            with ThreadPoolExecutor(1) as beside:
                waiting = beside.submit(asked.probabilities, one, rows)
                second = asked.probabilities(other, rows)
                first = waiting.result()
        else:
            first, second = (asked.probabilities(model, rows) for model in self.below)
        readable = ~(np.isnan(first) & np.isnan(second)).any(axis=1)
        return for_readable(readable, self.combine(first[readable], second[readable]))

    def combine(self, first: np.ndarray | None, second: np.ndarray | None) -> np.ndarray:
        """Return the fused probabilities of two models' answers, (products, 27).

        Args:
            first: (products, 27) probabilities; a row of NaN, or None for all, where the model had
                nothing to read.
            second: the same of the second model.

        Raises:
            ModelError: a product has neither.
        """
        if first is None and second is None:
            raise ModelError(
                _("Stacking needs the answer of one of its models; the product has none.")
            )
        first = np.full_like(second, np.nan) if first is None else first
        second = np.full_like(first, np.nan) if second is None else second
        nowhere = int((np.isnan(first) & np.isnan(second)).any(axis=1).sum())
        if nowhere:
            raise ModelError(
                _("{count} products have no answer of either model.").format(count=nowhere)
            )
        return self._combine(first, second)

    def _combine(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class Stacked(StackOfTwo):
    """Stacking (Wolpert 1992): multinomial logistic regression over two models' log-probabilities.

    The L2 penalty is on how far the weights are from one weight per model, not from zero: the
    stronger it is, the more the stack is a weighted product of the two models' probabilities
    (products of experts, Hinton 2002); the weaker, the more each type gets weights of its own.

    It learns from probabilities of products that both models can read and have not learnt from. A
    product that only one of them can read gets that model's calibrated probabilities as they are.

    Args:
        l2_penalty: weight of the penalty against the log likelihood of one product.
        iterations: at most this many of the optimiser (L-BFGS).
        classes: what the columns of the probabilities stand for, in ascending order.
    """

    def __init__(
        self, l2_penalty: float = 100.0, iterations: int = 200, classes: Sequence[int] = CODES
    ) -> None:
        self.l2_penalty = l2_penalty
        self.iterations = iterations
        self.classes = classes

    def fit(self, first: np.ndarray, second: np.ndarray, codes: np.ndarray) -> Stacked:
        """Learn from held-out probabilities.

        Args:
            first: (products, 27) probabilities of the first model.
            second: (products, 27) probabilities of the second model.
            codes: (products,) product type codes.

        Raises:
            ModelError: the products are of fewer than two types.
        """
        # Answering needs no optimiser, and importing one takes longer than loading the model.
        from scipy.optimize import minimize
        from scipy.special import log_softmax

        known = np.unique(codes)
        if len(known) < 2:
            raise ModelError(
                _(
                    "Products of at least two types that both models can read are needed to stack "
                    "them. Received: {count}."
                ).format(count=len(known))
            )
        columns = np.searchsorted(self.classes, known)
        logs = _logs(first, second).reshape(len(codes), 2, -1)[:, :, columns]
        logs = logs.reshape(len(codes), -1)
        truth = (np.asarray(codes)[:, np.newaxis] == known).astype(float)
        kinds, penalty = len(known), self.l2_penalty / len(codes)
        identity = np.eye(kinds)

        def unpack(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            shares, departures = values[:2], values[2:-kinds].reshape(2 * kinds, kinds)
            return (
                departures,
                departures + np.kron(shares[:, np.newaxis], identity),
                values[-kinds:],
            )

        def objective(values: np.ndarray) -> tuple[float, np.ndarray]:
            departures, weights, intercepts = unpack(values)
            log_probabilities = log_softmax(logs @ weights + intercepts, axis=1)
            loss = -(log_probabilities * truth).sum() / len(codes)
            loss += penalty * (departures**2).sum() + 0.1 * penalty * (intercepts**2).sum()
            wrong = (np.exp(log_probabilities) - truth) / len(codes)
            slope = logs.T @ wrong
            gradient = [
                [np.trace(slope[:kinds]), np.trace(slope[kinds:])],
                (slope + 2 * penalty * departures).ravel(),
                wrong.sum(axis=0) + 0.2 * penalty * intercepts,
            ]
            return loss, np.concatenate(gradient)

        start = np.zeros(2 + 2 * kinds**2 + kinds)
        start[:2] = 0.5
        found = minimize(
            objective, start, jac=True, method="L-BFGS-B", options={"maxiter": self.iterations}
        )
        _loss, weights, intercepts = unpack(found.x)
        self._keep(found.x[:2], weights, intercepts, columns)
        return self

    def _keep(
        self,
        shares: np.ndarray,
        weights: np.ndarray,
        intercepts: np.ndarray,
        columns: np.ndarray,
    ) -> None:
        """Keep what was learnt; a type without products is left to the product of the models."""
        every = np.eye(len(self.classes), dtype=np.float32)
        self.coefficients_ = np.kron(shares[:, np.newaxis], every).astype(np.float32)
        self.intercepts_ = np.zeros(len(self.classes), np.float32)
        rows = np.concatenate([columns, len(self.classes) + columns])
        self.coefficients_[np.ix_(rows, columns)] = weights
        self.intercepts_[columns] = intercepts

    def _combine(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        has_first = ~np.isnan(first).any(axis=1)
        has_second = ~np.isnan(second).any(axis=1)
        fused = np.where(has_first[:, np.newaxis], first, second).astype(np.float64)
        both = has_first & has_second
        if both.any():
            scores = _logs(first[both], second[both]) @ self.coefficients_ + self.intercepts_
            fused[both] = to_probabilities(scores)
        return fused

    def contributions(
        self, first: np.ndarray, second: np.ndarray, kind: int, against: int
    ) -> tuple[float, float, float]:
        """Return what both models and the intercept add to the log-odds of a type against another.

        A model that finds all types equally likely adds nothing.

        Args:
            first: (27,) probabilities of the first model.
            second: (27,) probabilities of the second model.
            kind: the type's class index.
            against: the other's.
        """
        weights = self.coefficients_[:, kind] - self.coefficients_[:, against]
        undecided = -np.log(len(self.classes))
        parts = (_logs(first[np.newaxis], second[np.newaxis])[0] - undecided) * weights
        start = self.intercepts_[kind] - self.intercepts_[against] + undecided * weights.sum()
        return (
            float(parts[: len(self.classes)].sum()),
            float(parts[len(self.classes) :].sum()),
            float(start),
        )

    @property
    def parameter_count(self) -> int:
        """How many numbers were learnt."""
        return self.coefficients_.size + self.intercepts_.size

    def save(self, folder: Path) -> None:
        """Write the weights into a folder; the models below are written by their own training."""
        arrays = {"coefficients": self.coefficients_, "intercepts": self.intercepts_}
        write_arrays(folder / FILE_NAME, arrays)

    @classmethod
    def load(cls, folder: Path, *below: Model) -> Stacked:
        """Read a model that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        model = cls()
        model.coefficients_ = arrays["coefficients"]
        model.intercepts_ = arrays["intercepts"]
        model.below = below
        return model


def _logs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.log(np.clip(np.hstack([first, second]).astype(np.float64), _SMALLEST, 1.0))
