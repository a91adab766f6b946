"""A model card for each trained model, generated from its manifest and its measures.

Layout: Hugging Face's model card (Mitchell et al., Model Cards for Model Reporting, 2019).
"""

from __future__ import annotations

from typing import Any

from rakuten_core import registry
from rakuten_core.assets import Assets, ModelAssets
from rakuten_core.reports.model_costs import machine_in_words, size_in_mebibytes
from rakuten_core.reports.staleness import stale_reason

_READS = {"text": "title and description", "image": "photo", "fusion": "title, description, photo"}
_SUBSETS = {
    "all": "all that it can read",
    "with_text": "with text",
    "with_image": "with photo",
    "with_both": "with both",
}
_PRETRAINED = {
    "efficientnet_lite": "EfficientNet-Lite, ImageNet weights, Apache-2.0",
    "clip_vit_b16": "CLIP ViT-B/16, image tower, MIT",
    "multilingual-e5": "multilingual-e5-small, MIT",
    "mobilenet": "MobileNetV2, ImageNet weights of Keras, Apache-2.0",
    "vgg16": "VGG16, ImageNet weights of Keras, CC BY 4.0",
    "resnet50": "ResNet50, ImageNet weights of Keras, MIT",
}


def model_card(assets: Assets, name: str) -> str:
    """Return a model's card as Markdown.

    Raises:
        AssetError: it has not been trained.
    """
    model, entry = assets.model(name), registry.entry(name)
    stale = stale_reason(assets, name)
    parts = [
        f"# {name}",
        f"{entry.description}." + (f"\n\n**Stale**: {stale}." if stale else ""),
        "## Intended use\n\nSuggest which of 27 product types a product of the Rakuten France "
        f"catalogue belongs to, from its {_READS[entry.modality]}. A person checks what the model "
        "is not sure of.",
        _training(model),
        _evaluation(model),
        _cost(model, size_in_mebibytes(assets, entry), stale is not None),
        "## Limits\n\nIt knows 27 types and answers one of them to anything. It learnt from "
        "texts that are mostly French and from labels of which some are wrong. Rare types have few "
        "test products: their scores are uncertain.",
        "## Licence\n\nCode: MIT. Weights: learnt from data that the challenge lends for research; "
        f"they start from {_pretrained(entry)}.",
    ]
    return "\n\n".join(parts) + "\n"


def _training(model: ModelAssets) -> str:
    manifest = model.manifest
    rows = manifest["split"]["rows"]
    described = [
        f"- Data: {manifest['data']['products']:,} products, fingerprint "
        f"`{manifest['data']['fingerprint']}`",
        f"- Split: {manifest['split']['rule']}; "
        + ", ".join(f"{count:,} {split.replace('_', ' ')}" for split, count in rows.items()),
        f"- Run: `{manifest['run']}` of {manifest['date']}, seed {manifest['seed']}",
    ]
    if "method_version" in manifest:
        git = manifest["git"] or {"commit": "unknown", "dirty": True}
        state = "a changed tree on " if git["dirty"] else ""
        described += [
            f"- Code: {state}commit `{git['commit'][:12]}`, method version "
            f"{manifest['method_version']}",
            f"- Machine: {machine_in_words(manifest['hardware'])}",
        ]
    parameters = {k: v for k, v in manifest["parameters"].items() if not isinstance(v, dict)}
    described.append(
        "- Hyper-parameters: " + ", ".join(f"{key} `{value}`" for key, value in parameters.items())
    )
    text = "## Training\n\n" + "\n".join(described)
    return text + _candidates(manifest)


def _candidates(manifest: dict[str, Any]) -> str:
    candidates = manifest.get("candidates")
    if not candidates:
        return ""
    columns = list(candidates[0])
    lines = [
        "\n\nCandidates, measured on held-out products that are not test products:\n",
        f"| {' | '.join(column.replace('_', ' ') for column in columns)} |",
        "|" + "--:|" * len(columns),
    ]
    for each in candidates:
        lines.append(f"| {' | '.join(f'{each[column]:,.6g}' for column in columns)} |")
    return "\n".join(lines)


def _evaluation(model: ModelAssets) -> str:
    lines = [
        "## Evaluation\n\nOn the test split, which no model has seen and nothing was chosen on, "
        "with 95 % bootstrap intervals.\n",
        "| test products | rows | weighted F1 | accuracy | top-3 accuracy | calibration error |",
        "|---|--:|---|--:|--:|--:|",
    ]
    for subset, words in _SUBSETS.items():
        if (found := model.metrics.get(subset)) is None:
            continue
        low, high = found["weighted_f1_interval"]
        lines.append(
            f"| {words} | {found['rows']:,} | {found['weighted_f1']:.3f} [{low:.3f}, {high:.3f}] "
            f"| {found['accuracy']:.3f} | {found['top3_accuracy']:.3f} "
            f"| {found['expected_calibration_error']:.3f} |"
        )
    return "\n".join(lines)


def _cost(model: ModelAssets, size: float, stale: bool) -> str:
    lines = [f"- Size: {size:.1f} MiB with all that it stands on"]
    if not stale:
        manifest = model.manifest
        lines.append(
            f"- Training: {manifest['train_seconds']:,.0f} s in {manifest['processes']} "
            f"process(es), {manifest['peak_memory_bytes'] / 2**20:,.0f} MiB at most"
        )
    if (latency := model.latency) is not None:
        lines.append(
            f"- One product: median {latency['milliseconds']} ms, 95th percentile "
            f"{latency['milliseconds_95']} ms, over {latency['products']} test products on "
            f"{machine_in_words(latency['hardware'])}, {latency['date']}"
        )
    else:
        lines.append("- One product: not measured")
    return "## Cost\n\n" + "\n".join(lines)


def _pretrained(entry: registry.ModelEntry) -> str:
    """Return what pre-trained weights a model and those below it start from."""
    found = set()
    for each in registry.asked_by(entry.name):
        described = f"{each.name} {each.description} {dict(each.settings)}".lower()
        for key, words in _PRETRAINED.items():
            if key.replace("_", "").replace("-", "") in described.replace("_", "").replace(
                "-", ""
            ).replace(" ", ""):
                found.add(words)
    return "; ".join(sorted(found)) or "nothing"
