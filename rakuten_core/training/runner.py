"""Training of the registered models: what is up to date is kept, what is not is made anew."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import resource
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core import registry
from rakuten_core.assets import (
    WEIGHTS_FOLDER,
    Assets,
    ModelAssets,
    probability_matrix,
    write_manifest,
    write_test_probabilities,
)
from rakuten_core.data.catalog import SPLITS, Catalog
from rakuten_core.errors import AssetError, ModelError, RakutenError
from rakuten_core.evaluation.metrics import evaluate_subsets, weighted_f1
from rakuten_core.files import key_of, read_json, sha256_of, write_json
from rakuten_core.images.decoding import decode_image
from rakuten_core.text.markup import plain_text
from rakuten_core.training.checkpoints import Checkpoints
from rakuten_core.training.folds import test_products
from rakuten_core.training.trainable import Learning, StudyModel


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

    @cached_property
    def products_with_photo(self) -> pd.DataFrame:
        """The products whose photo can be decoded; each photo is decoded once to find out."""
        products = self.products[self.products["photo"].notna()]

        def decodable(name: str) -> bool:
            try:
                decode_image(self.catalog.photos.read(name))
            except RakutenError as error:
                warnings.warn(f"{name} is left out: {error}", stacklevel=2)
                return False
            return True

        def check() -> dict[str, np.ndarray]:
            with ThreadPoolExecutor() as pool:
                answers = pool.map(decodable, products["photo"])
                bar = tqdm(answers, "Checking photos", len(products), unit="photo", mininterval=1)
                return {"decodable": np.array(list(bar), bool)}

        checked = self.checkpoints("photos").arrays("decodable", check)
        return products[checked["decodable"]]

    def readable(self, modality: str) -> pd.DataFrame:
        """Return the products that a model of a modality can read: fusion needs both.

        Raises:
            ModelError: there is none.
        """
        products = self.products if modality == "text" else self.products_with_photo
        if modality != "image":
            products = products[products["has_text"]]
        if products.empty:
            missing = {"text": "text", "image": "photo", "fusion": "text and photo"}[modality]
            raise ModelError(
                f"{self.catalog.directory} has no product with a {missing}: {modality} models "
                "cannot be trained. Photos are expected in images/image_train/ or images.zip."
            )
        return products

    def trained(self, name: str) -> ModelAssets:
        """Return a model that has been trained on these data.

        Raises:
            AssetError: it has not been trained.
            ModelError: it was trained on other data.
        """
        model = self.assets.model(name)
        if model.manifest["data"]["fingerprint"] != self.catalog.fingerprint:
            raise ModelError(
                f"{name} was trained on other data. Train it first: python -m rakuten_core train "
                f"--data {self.catalog.directory} --models {name}"
            )
        return model

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


class StackableTrainer(Trainer, Protocol):
    """Trains a model that others can be stacked on."""

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return products and their scores, (products, 27), by models that never saw them."""


class TextModel(Protocol):
    """Answers texts."""

    def predict_proba(self, titles: Sequence[str], descriptions: Sequence[str]) -> np.ndarray:
        """Return calibrated probabilities, (products, 27)."""


def measured_on_texts(context: Context, model: TextModel, facts: dict[str, Any]) -> Trained:
    """Return what a text model, as it is on disk, answers to the test products."""
    readable = context.readable("text")
    test = test_products(readable)

    def answer(products: pd.DataFrame) -> np.ndarray:
        return model.predict_proba(*fields_of(products))

    return Trained(
        test=test,
        probabilities=answer(test),
        has_image=test["photo"].notna().to_numpy(),
        rows=rows_of(readable),
        facts=facts | {"milliseconds_per_product": latency(answer, test)},
    )


def rounding_cost(what: str, measured: Trained, before: np.ndarray) -> dict[str, Any]:
    """Return what shorter numbers cost a model, for its manifest.

    Args:
        what: was shortened.
        measured: the model as it ships.
        before: (test products, 27) scores of the model before.
    """
    codes = measured.test["prdtypecode"].to_numpy()
    return {
        "what": what,
        "rows": len(codes),
        "weighted_f1_before": weighted_f1(codes, before),
        "weighted_f1_after": weighted_f1(codes, measured.probabilities),
    }


def fields_of(products: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the titles and the descriptions."""
    return products["designation"].tolist(), products["description"].tolist()


def make_trainer(entry: registry.ModelEntry, options: Mapping[str, Any] | None = None) -> Trainer:
    """Return a new trainer of a registered model, with those of the options that it has."""
    module, _, name = entry.trainer.partition(":")
    made = getattr(importlib.import_module(module), name)
    known = inspect.signature(made).parameters
    # A trainer of several models hands every option on to theirs.
    takes_all = any(each.kind is each.VAR_KEYWORD for each in known.values())
    given = {key: value for key, value in (options or {}).items() if takes_all or key in known}
    built = made(**(dict(entry.settings) | given))
    return StudyTrainer(entry, built) if isinstance(built, StudyModel) else built


class StudyTrainer:
    """Trains a model of the study: from train, with validation for stopping early."""

    def __init__(self, entry: registry.ModelEntry, model: StudyModel) -> None:
        self.entry = entry
        self.model = model

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return self.model.parameters()

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        products = context.readable(self.entry.modality)
        learning = Learning(
            train=products[products["split"] == "train"],
            validation=products[products["split"] == "validation"],
            photos=context.catalog.photos,
            work=context.checkpoints(
                self.entry.name, self.parameters(), needed_runs(context, self.entry)
            ).folder,
            cache=context.work,
            seed=context.seed,
            needed={
                name: load_study_model(context.assets, name, context.work)
                for name in self.entry.needs
            },
        )
        if learning.train["prdtypecode"].nunique() < 2:
            raise ModelError(
                f"Products of at least two types are needed to train {self.entry.name}; found "
                f"{learning.train['prdtypecode'].nunique()}. Give it a larger catalogue."
            )
        self.model.fit(learning)
        self.model.save(folder / WEIGHTS_FOLDER)
        if self.model.history_:
            write_json(folder / "history.json", self.model.history_)
        # What is measured is what is on disk.
        saved = type(self.model).load(folder / WEIGHTS_FOLDER, context.work)
        # A product that is new to the model has no features in the cache.
        uncached = type(self.model).load(folder / WEIGHTS_FOLDER)
        test = products[products["split"] == "test"]
        return Trained(
            test=test,
            probabilities=saved.predict_proba(test, context.catalog.photos),
            has_image=test["photo"].notna().to_numpy(),
            rows=rows_of(products),
            facts={
                "parameter_count": self.model.parameter_count_,
                "milliseconds_per_product": latency(
                    lambda row: uncached.predict_proba(row, context.catalog.photos), test
                ),
            },
        )


def latency(answer: Callable[[pd.DataFrame], object], test: pd.DataFrame) -> float:
    """Return the median time in milliseconds to answer one product, after a warm-up.

    Args:
        answer: answers a table of one product.
        test: products to take it from.
    """
    durations = []
    for position in range(min(23, len(test))):
        row = test.iloc[[position]]
        start = time.perf_counter()
        answer(row)
        durations.append(1000 * (time.perf_counter() - start))
    return round(float(np.median(durations[3:] or durations)), 2)


def load_study_model(assets: Assets, name: str, cache: Path | None = None) -> StudyModel:
    """Return a trained model of the study.

    Args:
        assets: where it is.
        name: which one.
        cache: a folder for features of photos, or None to compute them each time.

    Raises:
        AssetError: it has not been trained, or its weights are not there (they do not ship).
    """
    module, _, made = registry.entry(name).trainer.partition(":")
    return getattr(importlib.import_module(module), made).load(
        assets.model(name).folder / WEIGHTS_FOLDER, cache
    )


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
        AssetError: pre-trained weights of a selected model are not to be had.

        Without a selection, a model that cannot be trained is reported and left out.
    """
    chosen = [entry.name for entry in registry.select(selection)]
    trained: list[str] = []
    for entry in registry.with_needed(chosen):
        trainer = make_trainer(entry, context.options)
        run = key_of(
            context.catalog.fingerprint,
            context.seed,
            trainer.parameters(),
            needed_runs(context, entry),
        )
        if not (force and entry.name in chosen) and _is_current(context, entry, run):
            _say(f"{entry.name}: up to date")
            continue
        _say(f"{entry.name}: training")
        try:
            _train_one(context, entry, trainer, run)
        except (AssetError, ModelError) as error:
            # What cannot be had stops one model of all, but not a model that was asked for.
            if selection is not None:
                raise
            _say(f"{entry.name}: not trained. {error}")
            continue
        trained.append(entry.name)
    return trained


def needed_runs(context: Context, entry: registry.ModelEntry) -> dict[str, Any]:
    """Return which training of each needed model is there: another one makes a model stale."""
    runs: dict[str, Any] = {}
    for name in entry.needs:
        with contextlib.suppress(AssetError):
            manifest = context.assets.model(name).manifest
            # Measuring anew changes the metrics, and nothing that a model could learn from.
            files = manifest["files"] | manifest["weights"]
            runs[name] = [manifest["run"], {k: v for k, v in files.items() if k != "metrics.json"}]
    return runs


def _is_current(context: Context, entry: registry.ModelEntry, run: str) -> bool:
    try:
        model = context.assets.model(entry.name)
        if model.manifest.get("run") != run:
            return False
        model.verify(weights=True)
    except AssetError:
        return False
    return True


def _train_one(context: Context, entry: registry.ModelEntry, trainer: Trainer, run: str) -> None:
    clock = _Clock(context.checkpoints("clock", run).folder / "seconds.json")
    _reset_peak_memory()
    with clock, context.assets.writing_model(entry.name) as folder:
        result = trainer.train(context, folder)
        if result.test.empty:
            raise ModelError(
                f"No test product has what {entry.name} reads ({entry.modality}). "
                "Give it a larger catalogue."
            )
        write_test_probabilities(folder, result.test, result.has_image, result.probabilities)
        # Measured as saved, so that every table agrees with the probabilities at hand.
        metrics = _measure(ModelAssets(folder))
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
                "train_seconds": round(clock.seconds(), 1),
                "peak_memory_bytes": _peak_memory(),
            }
            | result.facts,
        )
    overall = metrics["all"]
    low, high = overall["weighted_f1_interval"]
    _say(
        f"{entry.name}: weighted F1 {overall['weighted_f1']:.3f} "
        f"[{low:.3f}, {high:.3f}] on {overall['rows']:,} test products, "
        f"{clock.seconds():.0f} s"
    )


class _Clock:
    """Counts the seconds of a training over all the processes that it took."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._before = read_json(self._path) if self._path.is_file() else 0.0
        self._start = time.perf_counter()

    def seconds(self) -> float:
        return self._before + time.perf_counter() - self._start

    def __exit__(self, failure: type | None, *_: object) -> None:
        if failure is None:
            self._path.unlink(missing_ok=True)
        else:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._path, self.seconds())


def rows_of(products: pd.DataFrame) -> dict[str, int]:
    """Return how many products each split has."""
    counts = products["split"].value_counts()
    return {split: int(counts.get(split, 0)) for split in SPLITS}


def _reset_peak_memory() -> None:
    """Start a new peak, where the system can (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_memory() -> int:
    """Return the peak resident memory in bytes since the last reset."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _say(line: str) -> None:
    print(line, flush=True)


def rescore(assets: Assets, name: str) -> dict[str, Any]:
    """Measure a trained model anew from its saved test probabilities, and write its metrics.

    Raises:
        AssetError: the model has not been trained, or its files are damaged.
    """
    model = assets.model(name)
    metrics = _measure(model)
    path = model.folder / "metrics.json"
    write_json(path, metrics)
    files = model.manifest["files"] | {path.name: sha256_of(path)}
    write_json(model.folder / "manifest.json", model.manifest | {"files": files})
    return metrics


def _measure(model: ModelAssets) -> dict[str, Any]:
    table = model.test_probabilities()
    return evaluate_subsets(
        table["prdtypecode"].to_numpy(),
        probability_matrix(table),
        table["has_text"].to_numpy(),
        table["has_image"].to_numpy(),
    )
