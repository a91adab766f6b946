"""Whether everything in `assets/` is what it says, recomputed from what is there."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pandas as pd
from tqdm.auto import tqdm

from rakuten_core import registry
from rakuten_core.assets import Assets, ModelAssets, is_untouched
from rakuten_core.data.teaching import Teaching
from rakuten_core.errors import AssetError
from rakuten_core.evaluation.saved import measure_saved
from rakuten_core.files import key_of
from rakuten_core.inference.models.model import models_key
from rakuten_core.language import _
from rakuten_core.reports.explanation_facts import deletion_facts
from rakuten_core.reports.staleness import stale_reason
from rakuten_core.reports.statistics_files import statistics_file, statistics_of
from rakuten_core.reports.strongest_channels import channel_facts
from rakuten_core.reports.suspicious_labels import label_check, label_staleness
from rakuten_core.reports.vector_facts import vector_facts
from rakuten_core.training.provenance import Run, method_key
from rakuten_core.training.runner import make_trainer


@dataclass(frozen=True)
class Finding:
    """Something in `assets/` that is not true.

    Attributes:
        name: of the model, or of what was computed: `labels`, `vectors`, `explanations` ...
        reason: what is wrong.
        damage: whether files contradict each other; else the run is not what training would do
            today.
    """

    name: str
    reason: str
    damage: bool


def verify(assets: Assets) -> list[Finding]:
    """Recompute checksums, run keys and metrics of every model, and look for those below them.

    Models that answer must have their weights; of the others only what tables are made from ships.
    """
    findings: list[Finding] = []
    known = {entry.name for entry in registry.REGISTRY}
    for model in tqdm(assets.models(), desc=_("Verifying"), unit="model"):
        if model.name not in known:
            findings.append(Finding(model.name, _("is not in the registry"), damage=True))
            continue
        problem = _damage(model)
        if problem is not None:
            findings.append(Finding(model.name, problem, damage=True))
            continue
        try:
            reason = stale_reason(assets, model.name) or _stale_run(model)
        except AssetError as error:
            reason = _("a model that it stands on is damaged: {error}").format(error=error)
        if reason is not None:
            findings.append(Finding(model.name, reason, damage=False))
    trained = {model.name for model in assets.models()}
    for name in sorted(registry.shipped() - trained):
        findings.append(Finding(name, _("answers in the app and is not trained"), damage=True))
    for part, facts in statistics_of(assets).items():
        for name in facts.get("files", {}):
            try:
                statistics_file(assets, part, name)
            except AssetError as error:
                findings.append(Finding(f"statistics of {part}", str(error), damage=True))
    try:
        if (reason := label_staleness(assets)) is not None:
            findings.append(Finding("labels", reason, damage=False))
    except AssetError as error:
        findings.append(Finding("labels", str(error), damage=False))
    if (reason := _stale_check(assets)) is not None:
        findings.append(Finding("label check", reason, damage=False))
    with suppress(AssetError):
        # A model that answers and is missing has been named above.
        for name, command in _stale_computations(assets).items():
            reason = _(
                "computed with other models than those that answer: python -m rakuten_core "
                "{command} --data DIR"
            ).format(command=command)
            findings.append(Finding(name, reason, damage=False))
    return findings


def _damage(model: ModelAssets) -> str | None:
    """Return how a model's files contradict each other, or None."""
    try:
        model.verify_files(weights=model.name in registry.shipped())
        if "digest" in model.manifest and not is_untouched(model.manifest):
            return _("manifest.json was changed after the run")
        difference = _first_difference(model.metrics, measure_saved(model))
        if difference is not None:
            return _("metrics.json is not what the test probabilities give: {difference}").format(
                difference=difference
            )
        run = Run.of_manifest(model.manifest)
        if run is not None and run.key != model.manifest["run"]:
            return _("manifest.json describes another run than its key")
    except AssetError as error:
        return str(error)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return _(
            "manifest.json or metrics.json holds something else than it should ({error})"
        ).format(error=repr(error))
    return None


def _first_difference(saved: Any, measured: Any, where: str = "") -> str | None:
    """Return where two nested measures differ by more than rounding, or None."""
    if isinstance(measured, dict):
        if not isinstance(saved, dict) or set(saved) != set(measured):
            return where or "other subsets"
        pairs = ((saved[key], measured[key], f"{where}/{key}") for key in measured)
    elif isinstance(measured, list):
        if not isinstance(saved, list) or len(saved) != len(measured):
            return where
        pairs = ((one, other, where) for one, other in zip(saved, measured, strict=True))
    else:
        return None if math.isclose(saved, measured, abs_tol=1e-6) else where
    return next((found for pair in pairs if (found := _first_difference(*pair)) is not None), None)


def _stale_run(model: ModelAssets) -> str | None:
    """Return what training with the same options would do otherwise today, or None."""
    manifest = model.manifest
    entry = registry.entry(model.name)
    options = dict(manifest["options"])
    if "teaching" in options:
        # Texts that taught are known by their fingerprint; they are not at hand now.
        options["teaching"] = Teaching(pd.DataFrame(), options["teaching"])
    trainer = make_trainer(entry, options)
    if trainer.method_version != manifest["method_version"]:
        return _(
            "its method is at version {method_version}, it was trained with {method_version2}"
        ).format(method_version=trainer.method_version, method_version2=manifest["method_version"])
    # Weights that were given for a run are known by their content, which is not at hand now.
    parameters = dict(trainer.parameters())
    if parameters.get("weights") == "imagenet":
        parameters["weights"] = manifest["parameters"].get("weights")
    if key_of(parameters) != key_of(manifest["parameters"]):
        return _("its hyper-parameters are not those of the registry")
    return None


def _stale_computations(assets: Assets) -> dict[str, str]:
    """Return what was computed with other models than those that answer now, and the command.

    Raises:
        AssetError: a model that answers has not been trained.
    """
    computed = {
        "vectors": (vector_facts(assets), "vectors"),
        "explanations": (deletion_facts(assets), "explanations"),
    }
    now = models_key(assets)
    stale = {
        name: command
        for name, (facts, command) in computed.items()
        if facts is not None and facts["models"] != now
    }
    with suppress(AssetError):
        # Where there are no channels, none are stale.
        channels = channel_facts(assets)
        if channels.get("run") != assets.model(channels["model"]).manifest["run"]:
            stale["channels"] = "explore --parts channels"
    return stale


def _stale_check(assets: Assets) -> str | None:
    """Return why the check of the suspicious labels is stale, or None.

    Its models are not kept: only how they learnt can be compared.
    """
    check = label_check(assets)
    if check is None:
        return None
    trainer = make_trainer(registry.entry(check["model"]))
    if check.get("method") == method_key(trainer):
        return None
    return _(
        "computed with a model that learns otherwise today: python -m rakuten_core labels --check "
        "--data DIR"
    )
