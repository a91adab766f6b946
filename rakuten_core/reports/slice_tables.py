"""The slices of the test products: by language, length, what is given, the photo, the type."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.evaluation.slices import FEWEST, measure_slice, worst_slices
from rakuten_core.language import N_, _, language_name
from rakuten_core.reports.photo_statistics import photos
from rakuten_core.reports.saved_answers import answers
from rakuten_core.reports.statistics_files import statistics_table
from rakuten_core.reports.text_statistics import TRAINING_TEXTS
from rakuten_core.reports.type_counts import target
from rakuten_core.taxonomy import Domain, product_type

ATTRIBUTES = {
    "language": N_("Language"),
    "title": N_("Length of the title"),
    "description": N_("Description"),
    "given": N_("What is given"),
    "white": N_("White in the photo"),
    "domain": N_("Domain"),
    "frequency": N_("Frequency of the type"),
}
"""By what the products are cut."""
_TITLE_EDGES = (0, 4, 8, 14)
_TITLES = (
    N_("no title"),
    N_("1 to 4 words"),
    N_("5 to 8 words"),
    N_("9 to 14 words"),
    N_("15 words or more"),
)
_WHITE_EDGES = (0.25, 0.6)
_WHITES = (N_("under 25% white"), N_("25 to 60% white"), N_("over 60% white"), N_("no photo"))
_FREQUENCIES = (
    N_("types of under 2% of the products"),
    N_("types of 2 to 5% of the products"),
    N_("types of over 5% of the products"),
)
_GIVEN = {
    (True, False): N_("text only"),
    (False, True): N_("photo only"),
    (True, True): N_("text and photo"),
}
_DESCRIPTIONS = (N_("without description"), N_("with description"))


def attributes_of(assets: Assets, name: str) -> pd.DataFrame:
    """Return what each test product of a model is like, by `ATTRIBUTES`; values in English.

    Raises:
        AssetError: the model has not been trained, or the statistics have not been computed.
    """
    table = answers(assets, name).table
    texts = statistics_table(assets, TRAINING_TEXTS, "test_texts.parquet").set_index("productid")
    texts = texts.reindex(table["productid"])
    white = photos(assets).set_index("productid")["white_ratio"].reindex(table["productid"])
    shares = target(assets)["share"]
    share = table["prdtypecode"].map(shares).to_numpy()
    given = zip(table["has_text"], table["has_image"], strict=True)
    levels = np.searchsorted(_WHITE_EDGES, white.fillna(0).to_numpy(), side="right")
    return pd.DataFrame(
        {
            "language": texts["language"].fillna("none").to_numpy(),
            "title": np.array(_TITLES)[
                np.searchsorted(_TITLE_EDGES, texts["title_words"].fillna(0).to_numpy())
            ],
            "description": np.array(_DESCRIPTIONS)[
                (texts["description_words"].fillna(0).to_numpy() > 0).astype(int)
            ],
            "given": [_GIVEN.get(each, _GIVEN[True, False]) for each in given],
            "white": np.array(_WHITES)[np.where(white.isna(), 3, levels)],
            "domain": [product_type(code).domain.name for code in table["prdtypecode"]],
            "frequency": np.array(_FREQUENCIES)[np.searchsorted((0.02, 0.05), share, side="right")],
        }
    )


def value_in_words(attribute: str, value: str) -> str:
    """Return a value of `attributes_of` in the current language."""
    if attribute == "language":
        return _("no language") if value == "none" else language_name(value)
    if attribute == "domain":
        return Domain[value].label
    return _(value)


def slices_by(assets: Assets, name: str, attribute: str) -> pd.DataFrame:
    """Return the measures of a model on each slice of an attribute, in words, the largest first.

    Slices of fewer than 50 products are left out.
    """
    found, values = answers(assets, name), attributes_of(assets, name)[attribute].to_numpy()
    rows = []
    for value in pd.unique(values):
        here = values == value
        if here.sum() >= FEWEST:
            measured = measure_slice(found.codes[here], found.probabilities[here])
            rows.append({"slice": value_in_words(attribute, value)} | asdict(measured))
    return pd.DataFrame(rows).sort_values("rows", ascending=False).reset_index(drop=True)


def worst(assets: Assets, name: str) -> pd.DataFrame:
    """Return `evaluation.worst_slices` of a model, each slice in words."""
    found, values = answers(assets, name), attributes_of(assets, name)
    table = worst_slices(
        found.predicted == found.codes, {each: values[each].to_numpy() for each in values}
    )
    return table.assign(
        slice=[
            ", ".join(value_in_words(attribute, value) for attribute, value in pairs)
            for pairs in table["slice"]
        ]
    )
