"""One row per model: scores, size, cost, and what quantization costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError
from rakuten_core.language import _, decimal
from rakuten_core.registry import REGISTRY
from rakuten_core.reports import published
from rakuten_core.reports.model_costs import label_as_trained, size_in_mebibytes
from rakuten_core.reports.staleness import stale_reason
from rakuten_core.taxonomy import CODES


def model_table(assets: Assets, subset: str = "all") -> pd.DataFrame:
    """Return one row per registered model, measured and published; what is not known is missing.

    `stale` says why a model's run is not what training would do today, or is missing.

    Args:
        assets: where the models are.
        subset: of the test products: `all` that the model can read, `with_text`, `with_image` or
            `with_both`.
    """
    rows = []
    for entry in REGISTRY:
        row: dict[str, Any] = {
            "model": entry.name,
            "reads": entry.modality,
            "family": entry.family,
            "description": _(entry.description),
            "label": entry.label,
        }
        known = published.score(entry.published)
        if known:
            row |= {"published": known[0], "published_measure": known[1]}
        try:
            model = assets.model(entry.name)
            measures, manifest = model.metrics[subset], model.manifest
            row |= {
                "label": label_as_trained(assets, entry),
                "weighted_f1": measures["weighted_f1"],
                "low": measures["weighted_f1_interval"][0],
                "high": measures["weighted_f1_interval"][1],
                "rows": measures["rows"],
                "accuracy": measures["accuracy"],
                "macro_f1": measures["macro_f1"],
                "top3_accuracy": measures["top3_accuracy"],
                "log_loss": measures["log_loss"],
                "calibration_error": measures["expected_calibration_error"],
                "size_mb": size_in_mebibytes(assets, entry),
                "parameters": manifest.get("parameter_count"),
                "stale": stale_reason(assets, entry.name),
            }
            if row["stale"] is None:
                # Earlier runs counted the seconds of one process only.
                row |= {
                    "train_seconds": manifest["train_seconds"],
                    "peak_memory_mb": manifest["peak_memory_bytes"] / 2**20,
                }
            if model.latency is not None:
                row["milliseconds"] = model.latency["milliseconds"]
        except (AssetError, KeyError):
            # Not trained here, or no product of the subset is one that the model can read.
            row["weighted_f1"] = np.nan
        rows.append(row)
    columns = [*rows[0], "published", "published_measure", "low", "high", "rows", "milliseconds"]
    columns += ["train_seconds", "peak_memory_mb", "stale"]
    table = pd.DataFrame(rows)
    table["interval"] = [
        _interval(low, high) for low, high in zip(table["low"], table["high"], strict=True)
    ]
    return table.reindex(columns=list(dict.fromkeys([*table.columns, *columns])))


def _interval(low: float, high: float) -> str:
    if pd.isna(low):
        return _("not trained here")
    return _("{low} to {high}").format(low=decimal(low, 3), high=decimal(high, 3))


def quantization_costs(assets: Assets) -> pd.DataFrame:
    """Return what quantization costs each model that was quantized.

    Returns:
        A table with the model's `label`, `what` was quantized, weighted F1 `before` and `after`
        on `rows` test products, the `cost` and the model's `size_mb`; empty where no model has any.
    """
    columns = ["label", "what", "before", "after", "cost", "rows", "size_mb"]
    found = []
    trained = {model.name: model for model in assets.models()}
    for entry in (entry for entry in REGISTRY if entry.name in trained):
        manifest = trained[entry.name].manifest
        # Runs before version 1 of their method call it rounding.
        cost = manifest.get("quantization") or manifest.get("rounding")
        if cost is None:
            continue
        before, after = cost["weighted_f1_before"], cost["weighted_f1_after"]
        size, what = size_in_mebibytes(assets, entry), cost["what"]
        found.append((entry.label, _(what), before, after, before - after, cost["rows"], size))
    return pd.DataFrame(found, columns=columns)


def f1_by_type(assets: Assets, names: list[str]) -> pd.DataFrame:
    """Return the measured F1 per product type (rows, by code) and model (columns)."""
    return pd.DataFrame(
        {
            name: {
                int(code): measures["f1"] if measures["support"] else np.nan
                for code, measures in assets.model(name).metrics["all"]["by_type"].items()
            }
            for name in names
        }
    ).reindex(list(CODES))
