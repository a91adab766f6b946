"""Tables about the data for the pages, all read from `assets/statistics/`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError
from rakuten_core.files import read_arrays, read_json
from rakuten_core.taxonomy import CODES, product_type
from rakuten_core.text.keyness import keyness
from rakuten_core.text.preparation import Vocabulary, is_stop_word

FOLDER, MANIFEST = "statistics", "manifest.json"
PARTS = ("target", "text", "images")
FIELDS = ("title", "description")
MEASURES = ("words", "characters")
FORMS = ("before", "after")
"""Words as they stand in the texts, and as preparation leaves them."""
PRIOR_WORDS = 5000
"""How many words the prior of the keyness measure weighs."""
PHOTO_MEASURES = {
    "white_ratio": "White ratio",
    "brightness": "Brightness",
    "contrast": "Contrast",
    "sharpness": "Sharpness",
    "aspect_ratio": "Aspect ratio of the content",
    "content_share": "Share of the photo taken by the content",
    "kilobytes": "File size, kB",
}


def facts(assets: Assets, part: str) -> dict[str, Any]:
    """Return the manifest's entry of a part: `rows`, `date`, `fingerprint` and settings.

    Raises:
        AssetError: the part has not been computed.
    """
    path = assets.root / FOLDER / MANIFEST
    entry = read_json(path).get(part) if path.is_file() else None
    if entry is None:
        raise AssetError(
            f"There are no statistics of the {part} in {assets.root}. "
            f"Compute them: python -m rakuten_core explore --data DIR --parts {part}"
        )
    return entry


def _table(assets: Assets, part: str, name: str) -> pd.DataFrame:
    facts(assets, part)
    path = assets.root / FOLDER / name
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0).copy(deep=False)


@lru_cache(maxsize=16)
def _read(path: Path, modified: int) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise AssetError(
            f"{path} cannot be read: {error}. Restore it from the repository, or compute it again: "
            "python -m rakuten_core explore --data DIR"
        ) from error


def target(assets: Assets) -> pd.DataFrame:
    """Return `products` and `share` of each product type, by code."""
    table = _table(assets, "target", "target.parquet").set_index("code")
    return table.assign(share=table["products"] / table["products"].sum())


@dataclass(frozen=True)
class Imbalance:
    """How unequal the product types are.

    Attributes:
        largest: code of the type with most products.
        smallest: code of the type with fewest.
        ratio: products of the largest by products of the smallest.
        accuracy: of a classifier that always answers the largest type.
        weighted_f1: of the same.
    """

    largest: int
    smallest: int
    ratio: float
    accuracy: float
    weighted_f1: float


def imbalance(table: pd.DataFrame) -> Imbalance:
    """Return how unequal the types of a `target` table are; types without products are left out."""
    products = table["products"][table["products"] > 0]
    largest, smallest = int(products.idxmax()), int(products.idxmin())
    share = float(products.max() / products.sum())
    # Recall 1 and precision `share` on one type, nothing on the others.
    return Imbalance(
        largest=largest,
        smallest=smallest,
        ratio=float(products.max() / products.min()),
        accuracy=share,
        weighted_f1=share * 2 * share / (1 + share),
    )


def lengths(assets: Assets, field: str, measure: str) -> pd.DataFrame:
    """Return how many products have each length.

    Args:
        assets: where the statistics are.
        field: of `FIELDS`.
        measure: of `MEASURES`.

    Returns:
        A table with `code`, `value` (the length) and `products`; empty fields are left out.
    """
    table = _table(assets, "text", "lengths.parquet")
    chosen = (table["field"] == field) & (table["measure"] == measure)
    return table.loc[chosen, ["code", "value", "products"]].reset_index(drop=True)


def quantiles(values: np.ndarray, products: np.ndarray, at: Sequence[float]) -> list[float]:
    """Return quantiles of values that each stand for a number of products.

    The smallest value that at least the asked share of products does not exceed.
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(products[order])
    positions = np.searchsorted(reached, np.asarray(at) * reached[-1] - 1e-9)
    return [float(value) for value in values[order][np.minimum(positions, len(values) - 1)]]


def length_quantiles(table: pd.DataFrame) -> pd.DataFrame:
    """Return quantiles of a table of `lengths` per product type, with a last row over all (0).

    Returns:
        A table by code with `q05`, `q25`, `median`, `q75`, `q95` and `products`.
    """
    at = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
    rows = {}
    for code, part in [*table.groupby("code"), (0, table)]:
        if part.empty:
            continue
        found = quantiles(part["value"].to_numpy(), part["products"].to_numpy(), list(at.values()))
        rows[int(code)] = dict(zip(at, found, strict=True)) | {"products": part["products"].sum()}
    return pd.DataFrame.from_dict(rows, orient="index")


def presence(assets: Assets) -> pd.DataFrame:
    """Return by code the `products`, those with a `title` and with a `description`."""
    return _table(assets, "text", "present.parquet").set_index("code")


def languages(assets: Assets) -> pd.DataFrame:
    """Return the products of each language (columns, most frequent first) by code."""
    table = _table(assets, "text", "languages.parquet")
    wide = table.pivot(index="code", columns="language", values="products").fillna(0)
    order = wide.sum().sort_values(ascending=False).index
    return wide[order].reindex(list(CODES), fill_value=0)


def word_counts(assets: Assets, form: str) -> pd.DataFrame:
    """Return how often each word (rows) stands in the texts of each type (columns, 27 codes).

    Args:
        assets: where the statistics are.
        form: of `FORMS`.
    """
    path = assets.root / FOLDER / "words.parquet"
    _table(assets, "text", path.name)
    return _word_counts(assets, form, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _word_counts(assets: Assets, form: str, modified: int) -> pd.DataFrame:
    table = _table(assets, "text", "words.parquet")
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


def photos(assets: Assets) -> pd.DataFrame:
    """Return the figures of each photo: `productid`, `code` and those of `PhotoStatistics`."""
    return _table(assets, "images", "photos.parquet")


@dataclass(frozen=True)
class Moments:
    """Mean and variance of the photos, per type in the order of `CODES` and, last, over all.

    Attributes:
        counts: photos, (28,).
        mean: uint8 (28, side, side, 3).
        variance: mean over the three colours, in levels squared, float64 (28, side, side).
    """

    counts: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


def moments(assets: Assets) -> Moments:
    """Return the mean and variance images."""
    facts(assets, "images")
    arrays = read_arrays(assets.root / FOLDER / "moments.npz")
    return Moments(arrays["counts"], arrays["mean"], arrays["variance"].astype(np.float64))


def codes_of(domain: str | None) -> list[int]:
    """Return the codes of a domain by its French label, or all."""
    return [code for code in CODES if domain is None or product_type(code).domain.french == domain]
