"""How many products each type has, and how unequal the types are."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.reports.statistics_files import statistics_table
from rakuten_core.taxonomy import CODES, product_type, types_by_domain


def target(assets: Assets) -> pd.DataFrame:
    """Return `products` and `share` of each product type, by code."""
    table = statistics_table(assets, "target", "target.parquet").set_index("code")
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


def ordered_target(assets: Assets, order: str) -> pd.DataFrame:
    """Return the `target` table by `count` (the largest first), `domain` or `code`."""
    table = target(assets)
    if order == "count":
        return table.sort_values("products", ascending=False)
    if order == "domain":
        return table.loc[[each.code for each in types_by_domain()]]
    return table.loc[list(CODES)]


def type_details(assets: Assets, order: str) -> pd.DataFrame:
    """Return one row per type, in the order of `ordered_target`.

    Returns:
        A table with `code`, `study_label`, `label`, `domain`, `products` and `share`.
    """
    table = ordered_target(assets, order).reset_index()
    types = [product_type(code) for code in table["code"]]
    labels = pd.DataFrame(
        {
            "study_label": [each.study_label for each in types],
            "label": [each.label for each in types],
            "domain": [each.domain.label for each in types],
        }
    )
    return pd.concat([table[["code"]], labels, table[["products", "share"]]], axis=1)
