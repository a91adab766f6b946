"""The few models that matter: the study's best and the project's, by what they read."""

import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.registry import MODALITIES, best
from rakuten_core.reports import published
from rakuten_core.reports.model_table import model_table


def best_models(assets: Assets) -> pd.DataFrame:
    """Return the study's best model as trained again here and the app's, by what they read.

    Returns:
        Up to two rows of `model_table` per modality, the better first, with `whose` (`own` or
        `study`) and `study_published`: the study's highest published weighted F1. The model that
        reads both is scored on products with text and photo.
    """
    names = best()
    parts = []
    for modality in MODALITIES:
        table = model_table(assets, "with_both" if modality == "fusion" else "all")
        table = table[(table["reads"] == modality)].dropna(subset=["weighted_f1"])
        ours = table[table["model"] == names[modality]]
        study = table[table["family"] != "own"].nlargest(1, "weighted_f1")
        rows = pd.concat([ours.assign(whose="own"), study.assign(whose="study")])
        rows = rows.sort_values("weighted_f1", ascending=False)
        parts.append(rows.assign(study_published=published.best_weighted_f1(modality)))
    return pd.concat(parts, ignore_index=True)
