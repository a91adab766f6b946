"""Training of the registered models: what is current is kept, what is not is made anew."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from rakuten_core import registry
from rakuten_core.assets import (
    HISTORY_FILE,
    METRICS_FILE,
    PROBABILITIES_FILE,
    VALIDATION_FILE,
    Assets,
    ModelAssets,
    write_manifest,
    write_probabilities,
)
from rakuten_core.data.catalog import SPLIT_RULE
from rakuten_core.data.products import Products
from rakuten_core.errors import AssetError, ModelError
from rakuten_core.evaluation.latency import LATENCY_PRODUCTS, measure_latency, write_latency
from rakuten_core.evaluation.saved import measure_saved
from rakuten_core.files import write_json
from rakuten_core.inference.models.model import Model, load_model
from rakuten_core.inference.threads import one_blas_thread
from rakuten_core.language import _, decimal, number
from rakuten_core.training.context import Context, rows_of
from rakuten_core.training.provenance import Run, RunClock, git_state, hardware
from rakuten_core.training.trainable import Learning, TrainableModel


@dataclass
class Trained:
    """What a trainer returns.

    Attributes:
        test: the test products that the model can answer, rows of `Context.products`.
        probabilities: (test products, 27).
        rows: how many products each split gave.
        facts: what else the manifest should say.
        validation: where they are to be kept, validation products and what models that never saw
            them answer, (products, 27).
    """

    test: pd.DataFrame
    probabilities: np.ndarray
    rows: dict[str, int]
    facts: dict[str, Any] = field(default_factory=dict)
    validation: tuple[pd.DataFrame, np.ndarray] | None = None


class Trainer(Protocol):
    """Trains one model.

    A trainer of a model that others can be stacked on has `held_out(context)` too: products and
    their scores, (products, 27), by models that never saw them. One that can share its work with
    other machines has `learn(context)`: it does what takes long, which `train` then finds in the
    work folder. One of a model that is only compared has `load(folder, cache)`.

    Attributes:
        method_version: see `trainable.TrainableModel`.
    """

    method_version: int

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters, for the manifest; other values are another model."""

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files into the folder and answer the test products."""


class TrainableTrainer:
    """Trains a `TrainableModel`: from train, with validation for stopping early."""

    def __init__(self, entry: registry.ModelEntry, model: TrainableModel) -> None:
        self.entry = entry
        self.model = model
        self.method_version = model.method_version

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return self.model.parameters()

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        table = context.readable(self.entry.modality)
        parts = {split: table[table["split"] == split] for split in ("train", "validation", "test")}
        found = parts["train"]["prdtypecode"].nunique()
        if found < 2:
            raise ModelError(
                _(
                    "Products of at least two types are needed to train {name}; found {found}. "
                    "Give it a larger catalogue."
                ).format(name=self.entry.name, found=found)
            )
        self.model.fit(
            Learning(
                train=context.answerable(parts["train"]),
                train_codes=parts["train"]["prdtypecode"].to_numpy(),
                validation=context.answerable(parts["validation"]),
                validation_codes=parts["validation"]["prdtypecode"].to_numpy(),
                work=context.checkpoints(
                    self.entry.name,
                    self.method_version,
                    self.parameters(),
                    runs_below(context.assets, self.entry),
                ).folder,
                cache=context.work,
                seed=context.seed,
                needed={
                    name: load_trainable(context.assets, name, context.work)
                    for name in self.entry.needs
                },
            )
        )
        self.model.save(folder)
        if self.model.history_:
            write_json(folder / HISTORY_FILE, self.model.history_)
        # What is measured is what is on disk.
        saved = type(self.model).load(folder, context.work)
        return Trained(
            test=parts["test"],
            probabilities=saved.predict_proba(context.answerable(parts["test"])),
            rows=rows_of(table),
            facts={"parameter_count": self.model.parameter_count_},
        )


def make_trainer(entry: registry.ModelEntry, options: Mapping[str, Any] | None = None) -> Trainer:
    """Return a new trainer of a registered model, with those of the options that it has."""
    made = _named(entry.trainer)
    known = inspect.signature(made).parameters
    # A trainer of several models hands every option on to theirs.
    takes_all = any(each.kind is each.VAR_KEYWORD for each in known.values())
    given = {key: value for key, value in (options or {}).items() if takes_all or key in known}
    if "needs" in known:
        given["needs"] = entry.needs
    built = made(**(dict(entry.settings) | given))
    return TrainableTrainer(entry, built) if isinstance(built, TrainableModel) else built


def load_trainable(assets: Assets, name: str, cache: Path | None = None) -> TrainableModel:
    """Return a trained `TrainableModel`.

    Args:
        assets: where it is.
        name: which one.
        cache: a folder for features of photos, or None to compute them each time.

    Raises:
        AssetError: it has not been trained, or its weights are not there (they do not ship).
    """
    trained = assets.model(name)
    trained.check_types()
    model = _named(registry.entry(name).trainer).load(trained.folder, cache)
    model.name = name
    return model


def load_any(assets: Assets, name: str) -> Model | TrainableModel:
    """Return a trained model, whether it answers in the app or in training only.

    Raises:
        AssetError: it has not been trained, or its weights are not there (not all ship).
    """
    if registry.entry(name).answers is not None:
        return load_model(assets, name)
    return load_trainable(assets, name)


def _named(path: str) -> Any:
    module, _colon, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def runs_below(assets: Assets, entry: registry.ModelEntry) -> dict[str, str]:
    """Return the run keys of the models that a model stands on, of those that are there."""
    trained = {model.name: model for model in assets.models()}
    return {name: trained[name].manifest["run"] for name in entry.needs if name in trained}


def train(context: Context, selection: str | None = None, force: bool = False) -> list[str]:
    """Train the selected models and those that they need.

    Without a selection, a model that cannot be trained is reported and left out.

    Args:
        context: data, folders and seed.
        selection: see `registry.select`.
        force: make the selected models again even where they are current; checkpoints are used.

    Returns:
        The names of the models that were trained now.

    Raises:
        ModelError: the selection is unknown, or the data cannot train a model.
        AssetError: pre-trained weights of a selected model are not to be had.
    """
    chosen = [entry.name for entry in registry.select(selection)]
    trained: list[str] = []
    for entry in registry.with_needed(chosen):
        trainer = make_trainer(entry, context.options)
        run = _run(context, entry, trainer)
        if not (force and entry.name in chosen) and _is_current(context.assets, entry.name, run):
            _say(_("{name}: current").format(name=entry.name))
            if context.assets.model(entry.name).latency is None:
                latency(context, entry)
            continue
        _say(_("{name}: training").format(name=entry.name))
        try:
            _train_one(context, entry, trainer, run)
        except (AssetError, ModelError) as error:
            # What cannot be had stops one model of all, but not a model that was asked for.
            if selection is not None:
                raise
            _say(_("{name}: not trained. {error}").format(name=entry.name, error=error))
            continue
        trained.append(entry.name)
    _say(
        _("{trained} trained now. {time}").format(
            trained=len(trained), time=_total_time(context.assets, chosen)
        )
    )
    return trained


def learn(context: Context, selection: str) -> None:
    """Do all of the selected models' trainings that takes long, and keep it in the work folder.

    It needs no TensorFlow: any backend of Keras will do. `train` with the same data, options and
    work folder goes on from there, on another machine if need be.

    Raises:
        ModelError: the selection is unknown, a model's training has no such part, or the data
            cannot train it.
        AssetError: pre-trained weights are not to be had.
    """
    for entry in registry.select(selection):
        trainer: Any = make_trainer(entry, context.options)
        if not hasattr(trainer, "learn"):
            raise ModelError(_("{name} is trained in one go.").format(name=entry.name))
        _say(_("{name}: training").format(name=entry.name))
        with RunClock(context.checkpoints("clock", _run(context, entry, trainer).key).folder):
            trainer.learn(context)


def _run(context: Context, entry: registry.ModelEntry, trainer: Trainer) -> Run:
    return Run(
        context.catalog.fingerprint,
        context.seed,
        trainer.parameters(),
        trainer.method_version,
        runs_below(context.assets, entry),
    )


def _total_time(assets: Assets, names: list[str]) -> str:
    """Return in words how long the runs of models and of those below them took together."""
    wanted = {entry.name for entry in registry.with_needed(names)}
    runs = [model.manifest["train_seconds"] for model in assets.models() if model.name in wanted]
    minutes = round(sum(runs) / 60)
    return _("The runs of all {count} took {hours} h {minutes} min together.").format(
        count=len(runs), hours=minutes // 60, minutes=f"{minutes % 60:02}"
    )


def _is_current(assets: Assets, name: str, run: Run) -> bool:
    try:
        model = assets.model(name)
        if model.manifest.get("run") != run.key:
            return False
        model.verify_files()
        model.check_types()
    except AssetError:
        return False
    return True


def _train_one(context: Context, entry: registry.ModelEntry, trainer: Trainer, run: Run) -> None:
    git = git_state()
    clock_folder = context.checkpoints("clock", run.key).folder
    with RunClock(clock_folder) as clock, context.assets.writing_model(entry.name) as folder:
        result = trainer.train(context, folder)
        if result.test.empty:
            raise ModelError(
                _(
                    "No test product has what {name} reads ({modality}). Give it a larger "
                    "catalogue."
                ).format(name=entry.name, modality=entry.modality)
            )
        kept = {PROBABILITIES_FILE: (result.test, result.probabilities)}
        if result.validation is not None:
            kept[VALIDATION_FILE] = result.validation
        for name, (products, probabilities) in kept.items():
            decodable = products.index.isin(context.products_with_photo.index)
            write_probabilities(folder / name, products, decodable, probabilities)
        # Measured as saved, so that every table agrees with the probabilities at hand.
        metrics = measure_saved(ModelAssets(folder))
        write_json(folder / METRICS_FILE, metrics)
        write_manifest(
            folder,
            {
                "name": entry.name,
                "family": entry.family,
                "modality": entry.modality,
                "description": entry.description,
                "date": datetime.now(UTC).date().isoformat(),
                "run": run.key,
                "data": {"fingerprint": run.data, "products": len(context.catalog.products)},
                "seed": run.seed,
                "parameters": run.parameters,
                "method_version": run.method_version,
                "below": run.below,
                "options": _described(context.options),
                "split": {"rule": SPLIT_RULE, "rows": result.rows},
                "git": git,
                "hardware": hardware(),
            }
            | clock.totals()
            | result.facts,
        )
    latency(context, entry)
    overall = metrics["all"]
    low, high = overall["weighted_f1_interval"]
    _say(
        _("{name}: weighted F1 {weighted_f1} [{low}, {high}] on {rows} test products").format(
            name=entry.name,
            weighted_f1=decimal(overall["weighted_f1"], 3),
            low=decimal(low, 3),
            high=decimal(high, 3),
            rows=number(overall["rows"]),
        )
    )


def _described(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as a manifest can hold them.

    Given weights are known by their content, in the parameters; texts by their fingerprint.
    """
    described = {key: value for key, value in options.items() if key != "weights"}
    if "teaching" in described:
        described["teaching"] = described["teaching"].fingerprint
    return described


def latency(context: Context, entry: registry.ModelEntry) -> dict[str, Any]:
    """Measure how long a trained model takes for one test product, and write `latency.json`.

    Raises:
        AssetError: the model has not been trained, or its weights are not there (not all ship).
        ModelError: no test product has what it reads.
    """
    model = load_any(context.assets, entry.name)
    table = context.readable(entry.modality)
    table = table[table["split"] == "test"].head(LATENCY_PRODUCTS)
    # As the app answers: threads of BLAS would take the core that a network wants.
    with one_blas_thread():
        found = measure_latency(model.predict_proba, _ones(context, table))
    found |= {"hardware": hardware(), "date": datetime.now(UTC).date().isoformat()}
    write_latency(context.assets.model(entry.name), found)
    return found


def _ones(context: Context, table: pd.DataFrame) -> list[Products]:
    return [context.answerable(table.iloc[[row]]) for row in range(len(table))]


def _say(line: str) -> None:
    print(line, flush=True)
