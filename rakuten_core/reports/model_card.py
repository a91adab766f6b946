"""A model card for each trained model, generated from its manifest and its measures.

Layout: Hugging Face's model card (Mitchell et al., Model Cards for Model Reporting, 2019).
"""

from __future__ import annotations

import json
from typing import Any

from rakuten_core import registry
from rakuten_core.assets import Assets, ModelAssets
from rakuten_core.language import N_, _, clauses, day, decimal, number
from rakuten_core.model_entry import FROM_SCRATCH
from rakuten_core.reports.model_costs import label_as_trained, machine_in_words, size_in_mebibytes
from rakuten_core.reports.staleness import stale_reason

_READS = {
    "text": N_("title and description"),
    "image": N_("photo"),
    "fusion": N_("title, description, photo"),
}
_SUBSETS = {
    "all": N_("all that it can read"),
    "with_text": N_("with text"),
    "with_image": N_("with photo"),
    "with_both": N_("with both"),
}
_PARTS = {
    "train": N_("train"),
    "validation": N_("validation"),
    "test": N_("test"),
    "learned_from": N_("learned from"),
    "unlabelled": N_("unlabelled"),
}
_PRETRAINED = {
    "efficientnet_lite": N_("EfficientNet-Lite, ImageNet weights, Apache-2.0"),
    "clip_vit_b16": N_("CLIP ViT-B/16, image tower, MIT"),
    "multilingual-e5": N_("multilingual-e5-small, MIT"),
    "mobilenet": N_("MobileNetV2, ImageNet weights of Keras, Apache-2.0"),
    "vgg16": N_("VGG16, ImageNet weights of Keras, CC BY 4.0"),
    "resnet50": N_("ResNet50, ImageNet weights of Keras, MIT"),
}


def model_card(assets: Assets, name: str) -> str:
    """Return a model's card as Markdown.

    Raises:
        AssetError: it has not been trained.
    """
    model, entry = assets.model(name), registry.entry(name)
    stale = stale_reason(assets, name)
    parts = [
        f"# {label_as_trained(assets, entry)}",
        f"`{name}`. "
        + _(entry.description)
        + "."
        + ("\n\n" + _("**Stale**: {reason}.").format(reason=stale) if stale else ""),
        _(
            "## Intended use\n\nSuggest which of 27 product types a product of the Rakuten France "
            "catalogue belongs to, from its {fields}. A person checks what the model is not sure "
            "of."
        ).format(fields=_(_READS[entry.modality])),
        _training(model),
        _evaluation(model),
        _cost(model, size_in_mebibytes(assets, entry), stale is not None),
        _(
            "## Limits\n\nIt knows 27 types and answers one of them to anything. It learnt from "
            "texts that are mostly French and from labels of which some are wrong. Rare types "
            "have few test products: their scores are uncertain."
        ),
        _(
            "## Licence\n\nCode: MIT. Weights: learnt from data that the challenge lends for "
            "research; they start from {origin}."
        ).format(origin=_pretrained(assets, model)),
    ]
    return "\n\n".join(parts) + "\n"


def _training(model: ModelAssets) -> str:
    manifest = model.manifest
    rows = manifest["split"]["rows"]
    described = [
        _("- Data: {products} products, fingerprint `{fingerprint}`").format(
            products=number(manifest["data"]["products"]),
            fingerprint=manifest["data"]["fingerprint"],
        ),
        _("- Split: {rule}; {parts}").format(
            rule=_(str(manifest["split"]["rule"])),
            parts=", ".join(_(_PARTS[part]) + f" {number(count)}" for part, count in rows.items()),
        ),
        _("- Run: `{run}` of {date}, seed {seed}").format(
            run=manifest["run"], date=manifest["date"], seed=manifest["seed"]
        ),
    ]
    if "method_version" in manifest:
        git = manifest["git"] or {"commit": "unknown", "dirty": True}
        state = _("a changed tree on ") if git["dirty"] else ""
        described += [
            _("- Code: {state}commit `{commit}`, method version {method_version}").format(
                state=state, commit=git["commit"][:12], method_version=manifest["method_version"]
            ),
            _("- Machine: {machine}").format(machine=machine_in_words(manifest["hardware"])),
        ]
    parameters = {k: v for k, v in manifest["parameters"].items() if not isinstance(v, dict)}
    described.append(
        _("- Hyper-parameters: ")
        + ", ".join(f"`{key} = {value}`" for key, value in parameters.items())
    )
    text = _("## Training\n\n") + "\n".join(described)
    return text + _candidates(manifest)


def _candidates(manifest: dict[str, Any]) -> str:
    candidates = manifest.get("candidates")
    if not candidates:
        return ""
    # A cascade's candidates hold a list of limits and a share per stage as well.
    columns = [name for name, value in candidates[0].items() if isinstance(value, int | float)]
    lines = [
        "\n\n",
        _("Candidates, measured on held-out products that are not test products:\n"),
        f"| {' | '.join(f'`{column}`' for column in columns)} |",
        "|" + "--:|" * len(columns),
    ]
    for each in candidates:
        lines.append(f"| {' | '.join(f'{each[column]:.6g}' for column in columns)} |")
    return "\n".join(lines)


def _evaluation(model: ModelAssets) -> str:
    lines = [
        _(
            "## Evaluation\n\nOn the test split, which no model has seen and nothing was chosen "
            "on, with 95% bootstrap intervals.\n"
        ),
        _("| test products | rows | weighted F1 | accuracy | top-3 accuracy | calibration error |"),
        "|---|--:|---|--:|--:|--:|",
    ]
    for subset, words in _SUBSETS.items():
        if (found := model.metrics.get(subset)) is None:
            continue
        low, high = found["weighted_f1_interval"]
        cells = [
            _(words),
            number(found["rows"]),
            f"{decimal(found['weighted_f1'], 3)} [{decimal(low, 3)}, {decimal(high, 3)}]",
            *(
                decimal(found[measure], 3)
                for measure in ("accuracy", "top3_accuracy", "expected_calibration_error")
            ),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cost(model: ModelAssets, size: float, stale: bool) -> str:
    lines = [_("- Size: {size} MiB with all that it stands on").format(size=decimal(size, 1))]
    if not stale:
        manifest = model.manifest
        lines.append(
            _(
                "- Training: {train_seconds} s in {processes} process(es), {peak_memory_bytes} MiB "
                "at most"
            ).format(
                train_seconds=number(manifest["train_seconds"]),
                processes=manifest["processes"],
                peak_memory_bytes=number(manifest["peak_memory_bytes"] / 2**20),
            )
            + (
                _(", on {gpus}").format(gpus=", ".join(gpus))
                if (gpus := manifest.get("gpus"))
                else ""
            )
        )
    if (latency := model.latency) is not None:
        lines.append(
            _(
                "- One product: median {milliseconds} ms, 95th percentile {milliseconds_95} ms, "
                "over {products} test products on {machine}, {date}"
            ).format(
                milliseconds=decimal(latency["milliseconds"], 1),
                milliseconds_95=decimal(latency["milliseconds_95"], 1),
                products=number(latency["products"]),
                machine=machine_in_words(latency["hardware"]),
                date=day(latency["date"]),
            )
        )
    else:
        lines.append(_("- One product: not measured"))
    return _("## Cost\n\n") + "\n".join(lines)


def _pretrained(assets: Assets, model: ModelAssets) -> str:
    """Return what pre-trained weights a model and those below it start from."""
    trained = {each.name: each for each in assets.models()}
    below = [entry.name for entry in registry.with_needed([model.name]) if entry.name in trained]
    started = [trained[name].manifest["parameters"] for name in below]
    parameters = json.dumps([each for each in started if each.get("weights") != FROM_SCRATCH])
    found = [_(words) for key, words in _PRETRAINED.items() if key in parameters]
    return clauses(sorted(found)) or _("no pre-trained weights")
