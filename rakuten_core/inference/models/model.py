"""The one interface of every model, and how a trained one is loaded with those below it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from rakuten_core import registry
from rakuten_core.assets import Assets
from rakuten_core.data.products import Products
from rakuten_core.errors import ModelError
from rakuten_core.taxonomy import CODES


@runtime_checkable
class Model(Protocol):
    """Answers products.

    Attributes:
        name: as the registry names it; set when it is loaded.
        below: the models that it asks, in the order of the registry's `needs`.
    """

    name: str
    below: tuple[Any, ...]

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return calibrated probabilities, float (products, 27) in the order of `taxonomy.CODES`.

        A row is NaN where the product lacks what the model reads.
        """

    def save(self, folder: Path) -> None:
        """Write what was learnt into an existing folder."""


class LoadedModel:
    """What the models that answer in the app have in common."""

    name: str = ""
    below: tuple[Any, ...] = ()

    @classmethod
    def load(cls, folder: Path, *below: Model) -> Self:
        """Read a trained model that stands on those below.

        Raises:
            AssetError: a file is missing or damaged.
        """
        raise NotImplementedError


def load_model(assets: Assets, name: str) -> Model:
    """Return a trained model with all models below it, every file checked against its manifest.

    Raises:
        ModelError: the model is unknown, or answers only with what it was trained with.
        AssetError: one of them has not been trained, or a file is missing or damaged.
    """
    entry = registry.entry(name)
    if entry.answers is None:
        raise ModelError(
            f"{name} answers in training only. Models that answer in the app: "
            f"{', '.join(each.name for each in registry.REGISTRY if each.answers)}."
        )
    trained = assets.model(name)
    trained.verify_files()
    module, _, made = entry.answers.partition(":")
    below = [load_model(assets, needed) for needed in entry.needs]
    model = getattr(importlib.import_module(module), made).load(trained.folder, *below)
    model.name = name
    return model


def with_those_below(model: Model) -> Iterator[Model]:
    """Yield a model and all that it asks, directly or not."""
    yield model
    for each in model.below:
        yield from with_those_below(each)


def for_readable(readable: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the probabilities of readable products among rows of NaN.

    Args:
        readable: bool (products,).
        probabilities: (readable products, 27).
    """
    result = np.full((len(readable), len(CODES)), np.nan)
    result[readable] = probabilities
    return result
