"""What a model costs: its size with all that it stands on, and its latency in words."""

from __future__ import annotations

from typing import Any

from rakuten_core.assets import Assets
from rakuten_core.language import _, clauses
from rakuten_core.model_entry import FROM_SCRATCH
from rakuten_core.registry import ModelEntry, asked_by


def size_in_mebibytes(assets: Assets, entry: ModelEntry) -> float:
    """Return the size of what must be loaded to answer; the study's fusions hold copies."""
    models = asked_by(entry.name) if entry.family == "own" else [entry]
    return sum(assets.model(each.name).manifest["model_bytes"] for each in models) / 2**20


def label_as_trained(assets: Assets, entry: ModelEntry) -> str:
    """Return what people call a model, and that it started from nothing where it usually does not.

    Raises:
        AssetError: it has not been trained.
    """
    parameters = assets.model(entry.name).manifest["parameters"]
    if parameters.get("weights") != FROM_SCRATCH:
        return entry.label
    return _("{label}, from scratch on {side} pixels").format(
        label=entry.label, side=parameters["image_size"]
    )


def machine_in_words(hardware: dict[str, Any]) -> str:
    """Return what a machine is, from `provenance.hardware`."""
    gpus = _(", {gpus} GPU").format(gpus=hardware["gpus"]) if hardware.get("gpus") else ""
    return _("{cores} cores of {processor}, {memory_gib} GiB{gpus}").format(
        cores=hardware["cores"],
        processor=hardware["processor"],
        memory_gib=hardware["memory_gib"],
        gpus=gpus,
    )


def latency_in_words(assets: Assets) -> str:
    """Return how and on which machines the latencies of the table were measured."""
    measured = [found for model in assets.models() if (found := model.latency) is not None]
    machines = sorted({machine_in_words(found["hardware"]) for found in measured})
    if not machines:
        return _("Latency has not been measured.")
    return _(
        "Latency: the median of one product at a time from the test split, decoding "
        "included, on {machines}."
    ).format(machines=clauses(machines))
