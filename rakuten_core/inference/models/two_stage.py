"""The domain first, then the product type within it: the study's idea for a better fusion."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rakuten_core.errors import ModelError
from rakuten_core.files import read_arrays, replacing
from rakuten_core.inference.models.stacking import Stacked
from rakuten_core.taxonomy import CODES, Domain, product_type

FILE_NAME = "two_stage.npz"
_DOMAINS = list(Domain)
_PLACES = {
    domain: np.array(
        [place for place, code in enumerate(CODES) if product_type(code).domain == domain]
    )
    for domain in _DOMAINS
}
_SMALLEST = 1e-9


class TwoStage:
    """Two models' probabilities stacked by domain, then by product type within each domain.

    The probability of a type is that of its domain times that of the type among the domain's. A
    product that only one model can read gets that model's probabilities as they are.

    Args:
        strength: of each `Stacked`.
        iterations: of each `Stacked`.
    """

    def __init__(self, strength: float = 100.0, iterations: int = 200) -> None:
        self.strength = strength
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
            raise ModelError("Products of at least two types are needed to stack two models.")
        places = np.searchsorted(CODES, codes)
        self.stages_: dict[str, Stacked] = {}
        domain_of_place = np.empty(len(CODES), int)
        for number, domain in enumerate(_DOMAINS):
            domain_of_place[_PLACES[domain]] = number
        domains = domain_of_place[places]
        if len(np.unique(domains)) > 1:
            stage = Stacked(self.strength, self.iterations, range(len(_DOMAINS)))
            self.stages_["domain"] = stage.fit(_by_domain(first), _by_domain(second), domains)
        for number, domain in enumerate(_DOMAINS):
            inside = domains == number
            if len(np.unique(codes[inside])) > 1:
                kinds = [CODES[place] for place in _PLACES[domain]]
                stage = Stacked(self.strength, self.iterations, kinds)
                self.stages_[domain.name] = stage.fit(
                    _within(first[inside], domain), _within(second[inside], domain), codes[inside]
                )
        return self

    def predict_proba(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return the fused probabilities, (products, 27).

        Args:
            first: (products, 27) probabilities; a row of NaN where the model had nothing to read.
            second: the same of the second model.

        Raises:
            ModelError: a product has neither.
        """
        nowhere = int((np.isnan(first) & np.isnan(second)).any(axis=1).sum())
        if nowhere:
            raise ModelError(f"{nowhere} products have no answer of either model.")

        def stage(name: str, one: np.ndarray, other: np.ndarray) -> np.ndarray:
            if name in self.stages_:
                return self.stages_[name].predict_proba(one, other)
            # Nothing was learnt here, as only one class was seen: the first model decides.
            return np.where(np.isnan(one), other, one)

        result = np.empty((len(first), len(CODES)))
        domains = stage("domain", _by_domain(first), _by_domain(second))
        for number, domain in enumerate(_DOMAINS):
            within = stage(domain.name, _within(first, domain), _within(second, domain))
            result[:, _PLACES[domain]] = domains[:, [number]] * within
        return result

    @property
    def parameter_count(self) -> int:
        """How many numbers were learnt."""
        return sum(stage.parameter_count for stage in self.stages_.values())

    def save(self, folder: Path) -> list[Path]:
        """Write the model into a folder and return the files written."""
        path = folder / FILE_NAME
        arrays = {
            f"{name}.{part}": values
            for name, stage in self.stages_.items()
            for part, values in (
                ("coefficients", stage.coefficients_),
                ("intercepts", stage.intercepts_),
            )
        }
        with replacing(path) as temporary:
            np.savez_compressed(temporary, **arrays)
        return [path]

    @classmethod
    def load(cls, folder: Path) -> TwoStage:
        """Read a model that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        model = cls()
        model.stages_ = {}
        for name in dict.fromkeys(key.split(".")[0] for key in arrays):
            stage = Stacked(classes=range(arrays[f"{name}.intercepts"].size))
            stage.coefficients_ = arrays[f"{name}.coefficients"]
            stage.intercepts_ = arrays[f"{name}.intercepts"]
            model.stages_[name] = stage
        return model


def _by_domain(probabilities: np.ndarray) -> np.ndarray:
    """Return the probability of each domain, (products, domains)."""
    return np.stack([probabilities[:, _PLACES[each]].sum(axis=1) for each in _DOMAINS], axis=1)


def _within(probabilities: np.ndarray, domain: Domain) -> np.ndarray:
    """Return the probability of each type among its domain's, (products, types of the domain)."""
    part = probabilities[:, _PLACES[domain]] + _SMALLEST
    return part / part.sum(axis=1, keepdims=True)
