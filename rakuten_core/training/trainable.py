"""What every model of the study has in common: one small interface over products and photos."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from rakuten_core.data.photos import Photos
from rakuten_core.files import read_json, write_json
from rakuten_core.taxonomy import CODES
from rakuten_core.text.preparation import prepare

SETTINGS_FILE = "settings.json"


@dataclass(frozen=True)
class Learning:
    """What a model learns from.

    Attributes:
        train: products to learn from, with `prdtypecode`.
        validation: products on which training stops early; they teach nothing.
        photos: the photos of both.
        work: a folder for caches and checkpoints of this very training.
        cache: a folder for features that other models may share.
        seed: of everything random.
        needed: models that were trained before, by name.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    photos: Photos
    work: Path
    cache: Path
    seed: int = 0
    needed: Mapping[str, StudyModel] = field(default_factory=dict)


class StudyModel(ABC):
    """A model of the study; its settings are the arguments of its constructor, and nothing else.

    Attributes:
        history_: one dictionary per epoch for networks, empty otherwise.
        parameter_count_: numbers that were learnt, or None where a model has no such count.
        cache: a folder for features of photos, or None to compute them each time.
    """

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
    def fit(self, learning: Learning) -> StudyModel:
        """Learn."""

    @abstractmethod
    def predict_proba(self, products: pd.DataFrame, photos: Photos) -> np.ndarray:
        """Return probabilities, (products, 27) in the order of `taxonomy.CODES`."""

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
        """Read a model that `save` wrote; no code from the files is run.

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


def prepared_texts(products: pd.DataFrame) -> list[str]:
    """Return the study's prepared text of each product."""
    return [
        prepare(title, description)
        for title, description in zip(products["designation"], products["description"], strict=True)
    ]


def in_code_order(probabilities: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return probabilities of some types as probabilities of all 27, zero for the others."""
    result = np.zeros((len(probabilities), len(CODES)))
    result[:, np.searchsorted(CODES, classes)] = probabilities
    return result
