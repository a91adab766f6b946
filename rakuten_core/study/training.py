"""Training of the registered models: what is up to date is kept, what is not is made anew."""

from __future__ import annotations

import importlib
import inspect
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets, write_json, write_manifest, write_test_probabilities
from rakuten_core.catalog import SPLITS, Catalog
from rakuten_core.errors import AssetError, ModelError
from rakuten_core.evaluation import evaluate
from rakuten_core.models import registry
from rakuten_core.study.checkpoints import Checkpoints, key_of
from rakuten_core.text.markup import plain_text


@dataclass(frozen=True)
class Context:
    """What every trainer gets.

    Attributes:
        catalog: the products.
        assets: where trained models are.
        work: a folder for checkpoints and caches.
        seed: of everything random.
        options: hyper-parameters other than the default; a trainer takes those that it has.
    """

    catalog: Catalog
    assets: Assets
    work: Path
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def products(self) -> pd.DataFrame:
        """The catalogue's products with `has_text`: whether title or description hold anything."""
        products = self.catalog.products
        has_text = [
            bool(plain_text(title) or plain_text(description))
            for title, description in zip(
                products["designation"], products["description"], strict=True
            )
        ]
        return products.assign(has_text=has_text)

    def checkpoints(self, name: str, *facts: Any) -> Checkpoints:
        """Return the checkpoints of a model for these data, this seed and these facts."""
        key = key_of(self.catalog.fingerprint, self.seed, *facts)
        return Checkpoints(self.work / "checkpoints" / f"{name}-{key}")


@dataclass
class Trained:
    """What a trainer returns.

    Attributes:
        test: the test products that the model can answer, rows of `Context.products`.
        probabilities: (test products, 27).
        has_image: (test products,) whether a photo was used or could have been.
        rows: how many products each split gave.
        facts: what else the manifest should say.
    """

    test: pd.DataFrame
    probabilities: np.ndarray
    has_image: np.ndarray
    rows: dict[str, int]
    facts: dict[str, Any] = field(default_factory=dict)


class Trainer(Protocol):
    """Trains one model."""

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters, for the manifest; other values are another model."""

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files into the folder and answer the test products."""


def make_trainer(entry: registry.ModelEntry, options: Mapping[str, Any] | None = None) -> Trainer:
    """Return a new trainer of a registered model, with those of the options that it has."""
    module, _, name = entry.trainer.partition(":")
    trainer = getattr(importlib.import_module(module), name)
    known = inspect.signature(trainer).parameters
    return trainer(**{key: value for key, value in (options or {}).items() if key in known})


def train(context: Context, selection: str | None = None, force: bool = False) -> list[str]:
    """Train the selected models and those that they need.

    Args:
        context: data, folders and seed.
        selection: see `registry.select`.
        force: train the selected models even where they are up to date.

    Returns:
        The names of the models that were trained now.

    Raises:
        ModelError: the selection is unknown, or the data cannot train a model.
    """
    chosen = [entry.name for entry in registry.select(selection)]
    needed = {name for each in chosen for name in registry.entry(each).needs} - set(chosen)
    trained: list[str] = []
    for entry in registry.REGISTRY:
        if entry.name not in chosen and entry.name not in needed:
            continue
        trainer = make_trainer(entry, context.options)
        run = key_of(
            context.catalog.fingerprint, context.seed, trainer.parameters(), sorted(entry.needs)
        )
        stale = any(name in trained for name in entry.needs)
        if not stale and not (force and entry.name in chosen) and _is_current(context, entry, run):
            _say(f"{entry.name}: up to date")
            continue
        _say(f"{entry.name}: training")
        _train_one(context, entry, trainer, run)
        trained.append(entry.name)
    return trained


def _is_current(context: Context, entry: registry.ModelEntry, run: str) -> bool:
    try:
        model = context.assets.model(entry.name)
        if model.manifest.get("run") != run:
            return False
        model.verify()
    except AssetError:
        return False
    return True


def _train_one(context: Context, entry: registry.ModelEntry, trainer: Trainer, run: str) -> None:
    start = time.perf_counter()
    with context.assets.writing_model(entry.name) as folder:
        result = trainer.train(context, folder)
        if result.test.empty:
            raise ModelError(
                f"No test product has what {entry.name} reads ({entry.modality}). "
                "Give it a larger catalogue."
            )
        write_test_probabilities(folder, result.test, result.has_image, result.probabilities)
        metrics = measure(result)
        write_json(folder / "metrics.json", metrics)
        write_manifest(
            folder,
            {
                "name": entry.name,
                "family": entry.family,
                "modality": entry.modality,
                "description": entry.description,
                "run": run,
                "date": datetime.now(UTC).date().isoformat(),
                "data": {
                    "fingerprint": context.catalog.fingerprint,
                    "products": len(context.catalog.products),
                },
                "split": {"rule": "SHA-256 of productid, 75/10/15", "rows": result.rows},
                "parameters": trainer.parameters(),
                "seed": context.seed,
                "train_seconds": round(time.perf_counter() - start, 1),
                "peak_memory_bytes": _peak_memory(),
            }
            | result.facts,
        )
    overall = metrics["all"]
    low, high = overall["weighted_f1_interval"]
    _say(
        f"{entry.name}: weighted F1 {overall['weighted_f1']:.3f} "
        f"[{low:.3f}, {high:.3f}] on {overall['rows']:,} test products, "
        f"{time.perf_counter() - start:.0f} s"
    )


def measure(result: Trained) -> dict[str, Any]:
    """Return the measures on all test products and on those with text, a photo, both or one."""
    has_text = result.test["has_text"].to_numpy()
    has_image = np.asarray(result.has_image)
    subsets = {
        "all": np.ones(len(result.test), bool),
        "with_text": has_text,
        "with_image": has_image,
        "with_both": has_text & has_image,
        "text_only": has_text & ~has_image,
        "image_only": ~has_text & has_image,
    }
    codes = result.test["prdtypecode"].to_numpy()
    return {
        name: evaluate(codes[rows], result.probabilities[rows])
        for name, rows in subsets.items()
        if rows.any()
    }


def rows_of(products: pd.DataFrame) -> dict[str, int]:
    """Return how many products each split has."""
    counts = products["split"].value_counts()
    return {split: int(counts.get(split, 0)) for split in SPLITS}


def _peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _say(line: str) -> None:
    print(line, flush=True)
