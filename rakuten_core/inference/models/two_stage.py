"""The domain first, then the product type within it: the study's idea for a better fusion."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rakuten_core.errors import ModelError
from rakuten_core.files import read_arrays, write_arrays
from rakuten_core.inference.models.model import Model
from rakuten_core.inference.models.stacking import Stacked, StackOfTwo
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES, Domain, product_type

FILE_NAME = "two_stage.npz"
_DOMAINS = list(Domain)
_CLASS_INDICES = {
    domain: np.array(
        [index for index, code in enumerate(CODES) if product_type(code).domain == domain]
    )
    for domain in _DOMAINS
}
_SMALLEST = 1e-9


class TwoStage(StackOfTwo):
    """Two models' probabilities stacked by domain, then by product type within each domain.

    The probability of a type is that of its domain times that of the type among the domain's. A
    product that only one model can read gets that model's probabilities as they are.

    Args:
        l2_penalty: of each `Stacked`.
        iterations: of each `Stacked`.
    """

    def __init__(self, l2_penalty: float = 100.0, iterations: int = 200) -> None:
        self.l2_penalty = l2_penalty
        self.iterations = iterations

    def fit(self, first: np.ndarray, second: np.ndarray, codes: np.ndarray) -> TwoStage:
        """Learn from held-out probabilities.

        Args:
            first: (products, 27) probabilities of the first model.
            second: (products, 27) probabilities of the second model.
            codes: (products,) product type codes.

        Raises:
            ModelError: the products are of fewer than two types.
        """
        if len(np.unique(codes)) < 2:
            raise ModelError(_("Products of at least two types are needed to stack two models."))
        indices = np.searchsorted(CODES, codes)
        self.stages_: dict[str, Stacked] = {}
        domain_of_class = np.empty(len(CODES), int)
        for number, domain in enumerate(_DOMAINS):
            domain_of_class[_CLASS_INDICES[domain]] = number
        domains = domain_of_class[indices]
        if len(np.unique(domains)) > 1:
            stage = Stacked(self.l2_penalty, self.iterations, range(len(_DOMAINS)))
            self.stages_["domain"] = stage.fit(_by_domain(first), _by_domain(second), domains)
        for number, domain in enumerate(_DOMAINS):
            inside = domains == number
            if len(np.unique(codes[inside])) > 1:
                kinds = [CODES[index] for index in _CLASS_INDICES[domain]]
                stage = Stacked(self.l2_penalty, self.iterations, kinds)
                self.stages_[domain.name] = stage.fit(
                    _within(first[inside], domain), _within(second[inside], domain), codes[inside]
                )
        return self

    def _combine(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        def stage(name: str, one: np.ndarray, other: np.ndarray) -> np.ndarray:
            if name in self.stages_:
                return self.stages_[name].combine(one, other)
            # Nothing was learnt here, as only one class was seen: the first model decides.
            return np.where(np.isnan(one), other, one)

        result = np.empty((len(first), len(CODES)))
        domains = stage("domain", _by_domain(first), _by_domain(second))
        for number, domain in enumerate(_DOMAINS):
            within = stage(domain.name, _within(first, domain), _within(second, domain))
            result[:, _CLASS_INDICES[domain]] = domains[:, [number]] * within
        return result

    @property
    def parameter_count(self) -> int:
        """How many numbers were learnt."""
        return sum(stage.parameter_count for stage in self.stages_.values())

    def save(self, folder: Path) -> None:
        """Write the weights into a folder; the models below are written by their own training."""
        arrays = {
            f"{name}.{part}": values
            for name, stage in self.stages_.items()
            for part, values in (
                ("coefficients", stage.coefficients_),
                ("intercepts", stage.intercepts_),
            )
        }
        write_arrays(folder / FILE_NAME, arrays)

    @classmethod
    def load(cls, folder: Path, *below: Model) -> TwoStage:
        """Read a model that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        model = cls()
        model.stages_ = {}
        model.below = below
        for name in dict.fromkeys(key.split(".")[0] for key in arrays):
            stage = Stacked(classes=range(arrays[f"{name}.intercepts"].size))
            stage.coefficients_ = arrays[f"{name}.coefficients"]
            stage.intercepts_ = arrays[f"{name}.intercepts"]
            model.stages_[name] = stage
        return model


def _by_domain(probabilities: np.ndarray) -> np.ndarray:
    """Return the probability of each domain, (products, domains)."""
    return np.stack(
        [probabilities[:, _CLASS_INDICES[each]].sum(axis=1) for each in _DOMAINS], axis=1
    )


def _within(probabilities: np.ndarray, domain: Domain) -> np.ndarray:
    """Return the probability of each type among its domain's, (products, types of the domain)."""
    part = probabilities[:, _CLASS_INDICES[domain]] + _SMALLEST
    return part / part.sum(axis=1, keepdims=True)
