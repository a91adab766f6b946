"""The study's published figures, as they were published."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from rakuten_core.assets import DEFAULT_ROOT
from rakuten_core.errors import AssetError
from rakuten_core.language import N_, _
from rakuten_core.registry import MODALITIES, REGISTRY
from rakuten_core.taxonomy import label_of

WEIGHTED_F1 = N_("weighted F1")
_SUMMARY_ROWS = (N_("accuracy"), N_("macro avg"), N_("weighted avg"))


def _read(name: str) -> pd.DataFrame:
    path = Path(DEFAULT_ROOT) / "published" / name
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise AssetError(
            _("{path} cannot be read: {error}.").format(path=path, error=error)
        ) from error


@cache
def f1_by_type() -> pd.DataFrame:
    """Return F1 per product type (rows, by code) and model (columns), from 0 to 1."""
    table = _read("published_f1.csv").set_index("prdtypecode")
    types = table[~table.index.isin(_SUMMARY_ROWS)]
    return types.set_index(types.index.astype(int)).astype(float)


@cache
def f1_summary() -> pd.DataFrame:
    """Return accuracy, macro and weighted F1 (rows) per model (columns)."""
    table = _read("published_f1.csv").set_index("prdtypecode")
    return table.loc[list(_SUMMARY_ROWS)].astype(float)


def f1_complete(modality: str) -> pd.DataFrame:
    """Return F1 of each type by its label, then accuracy and averages, of one modality's models.

    Models that are trained again here have the names that they have here; the others the study's.
    """
    by_type = f1_by_type()
    labelled = by_type.set_axis([label_of(code) for code in by_type.index])
    table = pd.concat([labelled, f1_summary().set_axis([_(row) for row in _SUMMARY_ROWS])])
    names = {model.published: model.label for model in REGISTRY if model.published}
    read = [name for name in table if _modality(str(name)) == modality]
    return table[read].rename(columns=names).round(3)


@cache
def image_machine_learning() -> pd.DataFrame:
    """Return the scores of the image classifiers on pixels, one row each."""
    return _read("published_image_machine_learning.csv")


@cache
def image_deep_learning() -> pd.DataFrame:
    """Return accuracy in training and validation of the image networks, one row each."""
    return _read("published_image_deep_learning.csv")


@cache
def confusion() -> pd.DataFrame:
    """Return the published confusion matrix, shares of each true type (rows sum to about 1)."""
    table = _read("published_confusion_fusion_mobilenet_simple_224.csv").set_index("true")
    table.index = table.index.astype(int)
    table.columns = table.columns.astype(int)
    return table.astype(float)


def score(name: str | None) -> tuple[float, str] | None:
    """Return a model's published score and what it measures, or None if there is none.

    Args:
        name: its name in the study's tables.
    """
    if name is None:
        return None
    summary = f1_summary()
    if name in summary:
        return float(summary.loc["weighted avg", name]), WEIGHTED_F1
    classical = image_machine_learning().set_index("classifier")
    if name in classical.index:
        return float(classical.loc[name, "f1_weighted"]), WEIGHTED_F1
    networks = image_deep_learning().set_index("model")
    if name in networks.index:
        return float(networks.loc[name, "val_accuracy"]), N_("validation accuracy")
    return None


def best_weighted_f1(modality: str) -> float:
    """Return the highest weighted F1 that the study published for `text`, `image` or `fusion`."""
    known = [score(each.published) for each in REGISTRY if each.modality == modality]
    return max(value for value, measure in filter(None, known) if measure == WEIGHTED_F1)


def _modality(name: str) -> str:
    """Return what a published model reads; its name begins with it unless it reads text."""
    first = name.partition("_")[0]
    return first if first in MODALITIES else "text"
