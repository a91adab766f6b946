"""A model in one file: it learns, answers and is kept on disk, and needs nothing else."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from rakuten_core.data.products import Products
from rakuten_core.files import read_json, write_json
from rakuten_core.taxonomy import CODES
from rakuten_core.text.preparation import prepare

SETTINGS_FILE = "settings.json"


@dataclass(frozen=True)
class Learning:
    """What a model learns from.

    Attributes:
        train: products to learn from.
        train_codes: their product type codes, int64 (products,).
        validation: products on which training may stop early.
        validation_codes: their codes.
        work: a folder for caches and checkpoints of this very training.
        cache: a folder for features that other models may share.
        seed: of everything random.
        needed: models that were trained before, by name.
    """

    train: Products
    train_codes: np.ndarray
    validation: Products
    validation_codes: np.ndarray
    work: Path
    cache: Path
    seed: int = 0
    needed: Mapping[str, TrainableModel] = field(default_factory=dict)


class TrainableModel(ABC):
    """A model whose settings are the arguments of its constructor, and nothing else.

    Attributes:
        method_version: raise it when the code learns or answers differently than before with the
            same settings: models that were trained earlier are stale then.
        name: as the registry names it; set when it is loaded.
        below: the models that it asks.
        history_: one dictionary per epoch for networks, empty otherwise.
        parameter_count_: numbers that were learnt, or None where a model has no such count.
        cache: a folder for features of photos, or None to compute them each time.
    """

    method_version: ClassVar[int] = 1
    name: str = ""
    below: tuple[TrainableModel, ...] = ()

    def __init__(self) -> None:
        self.history_: list[dict[str, float]] = []
        self.parameter_count_: int | None = None
        self.cache: Path | None = None

    def settings(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def parameters(self) -> dict[str, Any]:
        """Return all hyper-parameters, for the manifest."""
        return self.settings()

    @abstractmethod
    def fit(self, learning: Learning) -> Self:
        """Learn."""

    @abstractmethod
    def predict_proba(self, products: Products) -> np.ndarray:
        """Return probabilities, (products, 27) in the order of `taxonomy.CODES`.

        Every product has what the model reads.
        """

    @abstractmethod
    def _write(self, folder: Path) -> None:
        """Write what was learnt."""

    @abstractmethod
    def _read(self, folder: Path) -> None:
        """Read what `_write` wrote."""

    def save(self, folder: Path) -> None:
        """Write the settings and what was learnt."""
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / SETTINGS_FILE, self.settings())
        self._write(folder)

    @classmethod
    def load(cls, folder: Path, cache: Path | None = None) -> Self:
        """Read a model.

        Args:
            folder: what `save` wrote.
            cache: see the attribute.

        Raises:
            AssetError: a file is missing or damaged.
        """
        model = cls(**read_json(folder / SETTINGS_FILE))
        model.cache = cache
        model._read(folder)
        return model


def prepared_texts(products: Products) -> list[str]:
    """Return the study's prepared text of each product."""
    return [
        prepare(title, description)
        for title, description in zip(products.titles, products.descriptions, strict=True)
    ]


def in_code_order(probabilities: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return probabilities of some types as probabilities of all 27, zero for the others."""
    result = np.zeros((len(probabilities), len(CODES)))
    result[:, np.searchsorted(CODES, classes)] = probabilities
    return result
