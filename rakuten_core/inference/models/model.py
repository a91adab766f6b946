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
from rakuten_core.files import key_of
from rakuten_core.language import _
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


class Asked:
    """What models answer to some products: each model is asked once about each product.

    Args:
        products: that the models are asked about.

    Attributes:
        looks: what an image network made of a single product's photo, by the network's `id`:
            explaining an answer needs no second look.
    """

    def __init__(self, products: Products) -> None:
        self.products = products
        self._answers: dict[int, np.ndarray] = {}
        self._known: dict[int, np.ndarray] = {}
        self.looks: dict[int, Any] = {}

    def probabilities(self, model: LoadedModel, rows: np.ndarray) -> np.ndarray:
        """Return a model's answers to some of the products, (rows, 27), asking where need be."""
        if id(model) not in self._answers:
            self._answers[id(model)] = np.full((len(self.products), len(CODES)), np.nan)
            self._known[id(model)] = np.zeros(len(self.products), bool)
        answers, known = self._answers[id(model)], self._known[id(model)]
        missing = rows[~known[rows]]
        if len(missing):
            answers[missing] = model.answers(self, missing)
            known[missing] = True
        return answers[rows]

    def assume(self, model: LoadedModel, answer: np.ndarray) -> None:
        """Take an answer, (27,), as a model's to every product: it need not be asked."""
        self._answers[id(model)] = np.tile(answer, (len(self.products), 1))
        self._known[id(model)] = np.ones(len(self.products), bool)

    def known(self, model: LoadedModel, row: int) -> np.ndarray | None:
        """Return a model's answer to a product, (27,); None if it was not asked or cannot read."""
        if id(model) not in self._answers or not self._known[id(model)][row]:
            return None
        found = self._answers[id(model)][row]
        return None if np.isnan(found).any() else found


class LoadedModel:
    """What the models that answer in the app have in common."""

    name: str = ""
    below: tuple[Any, ...] = ()

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return calibrated probabilities, (products, 27); NaN where nothing can be read."""
        return Asked(products).probabilities(self, np.arange(len(products)))

    def answers(self, asked: Asked, rows: np.ndarray) -> np.ndarray:
        """Return probabilities of some of the products that are asked about, (rows, 27).

        A model that stands on others asks them through `asked`, so that none is asked twice.
        """
        every = np.array_equal(rows, np.arange(len(asked.products)))
        return self.predict_proba(asked.products if every else asked.products.rows(rows))

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
            _("{name} answers in training only. Models that answer in the app: {known}.").format(
                name=name,
                known=", ".join(each.name for each in registry.REGISTRY if each.answers),
            )
        )
    return _load(assets, entry, {})


def _load(assets: Assets, entry: registry.ModelEntry, loaded: dict[str, Model]) -> Model:
    """Return a model; one that several others stand on is loaded once."""
    if entry.name not in loaded:
        trained = assets.model(entry.name)
        # A damaged record of its test stops no answer.
        trained.verify_files(results=False)
        trained.check_types()
        assert entry.answers is not None
        module, _colon, made = entry.answers.partition(":")
        below = [_load(assets, registry.entry(needed), loaded) for needed in entry.answers_with]
        model = getattr(importlib.import_module(module), made).load(trained.folder, *below)
        model.name = entry.name
        loaded[entry.name] = model
    return loaded[entry.name]


def best_answering(assets: Assets) -> str:
    """Return the name of the model that answers: the registry's, or else the best that is there.

    The best of those that read text and photo, by weighted F1 on test products with both.
    """
    there = {model.name for model in assets.models()}
    if registry.ANSWERING in there:
        return registry.ANSWERING
    candidates = [
        entry.name
        for entry in registry.REGISTRY
        if entry.modality == "fusion"
        and entry.answers is not None
        and {each.name for each in registry.asked_by(entry.name)} <= there
    ]

    def score(name: str) -> float:
        metrics = assets.model(name).metrics
        return metrics.get("with_both", metrics["all"])["weighted_f1"]

    return max(candidates, key=score, default=registry.ANSWERING)


def models_key(assets: Assets, name: str = registry.ANSWERING) -> str:
    """Return what changes when a model, or any of those that it asks, does.

    Raises:
        AssetError: one of them has not been trained.
    """
    names = sorted(each.name for each in registry.asked_by(name))
    return key_of(names, [assets.model(each).manifest["files"] for each in names])


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
