"""Lengths, missing texts, languages and words of the real texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.reports.statistics_files import (
    statistics_facts,
    statistics_file,
    statistics_table,
)
from rakuten_core.taxonomy import CODES
from rakuten_core.text.keyness import keyness
from rakuten_core.text.original_form import TextForm
from rakuten_core.text.preparation import Vocabulary, is_stop_word

TEXT, TRAINING_TEXTS = "text", "training_texts"
"""What was counted: texts of the challenge, and the texts that models were trained on."""
FIELDS = ("title", "description")
MEASURES = ("words", "characters")
FORMS = ("before", "after")
"""Words as they stand in the texts, and as preparation leaves them."""
PRIOR_WORDS = 5000
"""How many words the prior of the keyness measure weighs."""


@dataclass(frozen=True)
class CountedTexts:
    """What statistics of texts were counted on.

    Attributes:
        products: how many.
        fingerprint: of the dataset.
        date: ISO 8601.
        form: in which the texts were.
    """

    products: int
    fingerprint: str
    date: str
    form: TextForm


_QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


def _file_name(part: str, name: str) -> str:
    return name if part == TEXT else f"training_{name}"


def _table(assets: Assets, part: str, name: str) -> pd.DataFrame:
    return statistics_table(assets, part, _file_name(part, name))


def counted(assets: Assets, part: str = TEXT) -> CountedTexts:
    """Return what the statistics of texts were counted on.

    Raises:
        AssetError: they have not been computed.
    """
    facts = statistics_facts(assets, part)
    form = TextForm(**facts["form"])
    return CountedTexts(facts["rows"], facts["fingerprint"], facts["date"], form)


def lengths(assets: Assets, field: str, measure: str, part: str = TEXT) -> pd.DataFrame:
    """Return how many products have each length.

    Args:
        assets: where the statistics are.
        field: of `FIELDS`.
        measure: of `MEASURES`.
        part: `TEXT`, or `TRAINING_TEXTS`.

    Returns:
        A table with `code`, `value` (the length) and `products`; empty fields are left out.
    """
    table = _table(assets, part, "lengths.parquet")
    chosen = (table["field"] == field) & (table["measure"] == measure)
    return table.loc[chosen, ["code", "value", "products"]].reset_index(drop=True)


def length_quantiles(table: pd.DataFrame) -> pd.DataFrame:
    """Return quantiles of a table of `lengths` per product type, with a last row over all (0).

    Each length counts as often as products have it; a quantile is the smallest length that at least
    the asked share of products does not exceed (NumPy's `inverted_cdf`).

    Returns:
        A table by code with `q05`, `q25`, `median`, `q75`, `q95` and `products`.
    """
    rows = {}
    for code, part in [*table.groupby("code"), (0, table)]:
        if part.empty:
            continue
        found = np.quantile(
            part["value"],
            list(_QUANTILES.values()),
            weights=part["products"],
            method="inverted_cdf",
        )
        named = dict(zip(_QUANTILES, found.astype(float), strict=True))
        rows[int(code)] = named | {"products": part["products"].sum()}
    return pd.DataFrame.from_dict(rows, orient="index")


def presence(assets: Assets, part: str = TEXT) -> pd.DataFrame:
    """Return by code the `products`, those with a `title` and with a `description`."""
    return _table(assets, part, "present.parquet").set_index("code")


def missing_descriptions(assets: Assets) -> pd.Series:
    """Return the share of products without description by code, the smallest first.

    Types without products are left out; the share over all products stands under 0, first.
    """
    table = presence(assets)
    total = table.sum()
    share = 1 - table["description"] / table["products"].where(table["products"] > 0)
    overall = pd.Series({0: 1 - total["description"] / total["products"]})
    return pd.concat([overall, share.dropna().sort_values()])


def languages(assets: Assets, part: str = TEXT) -> pd.DataFrame:
    """Return the products of each language (columns, most frequent first) by code."""
    table = _table(assets, part, "languages.parquet")
    wide = table.pivot(index="code", columns="language", values="products").fillna(0)
    order = wide.sum().sort_values(ascending=False).index
    return wide[order].reindex(list(CODES), fill_value=0)


def word_counts(assets: Assets, form: str, part: str = TEXT) -> pd.DataFrame:
    """Return how often each word (rows) stands in the texts of each type (columns).

    Args:
        assets: where the statistics are.
        form: of `FORMS`.
        part: `TEXT`, or `TRAINING_TEXTS`.
    """
    path = statistics_file(assets, part, _file_name(part, "words.parquet"))
    return _word_counts(assets, form, part, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _word_counts(assets: Assets, form: str, part: str, modified: int) -> pd.DataFrame:
    table = _table(assets, part, "words.parquet")
    table = table[table["form"] == form]
    wide = table.pivot(index="word", columns="code", values="count").fillna(0)
    return wide.reindex(columns=list(CODES), fill_value=0)


def frequent_words(
    assets: Assets, form: str, codes: Sequence[int] = CODES, most: int = 20
) -> pd.Series:
    """Return the most frequent words of some types with their counts."""
    counts = word_counts(assets, form)[list(codes)].sum(axis=1)
    counts = counts[counts > 0].sort_values(ascending=False, kind="stable")
    return counts.head(most).astype(int)


def typical_words(
    assets: Assets,
    codes: Sequence[int],
    against: Sequence[int] | None = None,
    most: int = 60,
) -> pd.DataFrame:
    """Return the words that set some types apart from others; stop words are left out.

    Args:
        assets: where the statistics are.
        codes: the types.
        against: the types to compare with; all others by default.
        most: how many words.

    Returns:
        A table by word with `keyness` (z-score, above 1.96 only), `count` and `against_count`.
    """
    counts = word_counts(assets, "before")
    wanted = [len(word) > 1 and not is_stop_word(word) for word in counts.index]
    counts = counts.loc[np.array(wanted, bool)]
    others = [code for code in CODES if code not in codes] if against is None else list(against)
    first = counts[list(codes)].sum(axis=1).to_numpy()
    second = counts[others].sum(axis=1).to_numpy()
    everywhere = counts.sum(axis=1).to_numpy()
    scores = keyness(first, second, PRIOR_WORDS * everywhere / max(everywhere.sum(), 1))
    table = pd.DataFrame(
        {"keyness": scores, "count": first.astype(int), "against_count": second.astype(int)},
        index=counts.index,
    )
    table = table[table["keyness"] > 1.96]
    return table.sort_values("keyness", ascending=False, kind="stable").head(most)


def vocabulary(assets: Assets) -> Vocabulary:
    """Return the vocabulary of prepared words, most frequent first."""
    counts = word_counts(assets, "after").sum(axis=1).astype(int)
    counts = counts.sort_values(ascending=False, kind="stable")
    return Vocabulary(counts.to_dict())
