"""The map of the catalogue: where each product lies, and what is known of those picked on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rakuten_core.assets import (
    LABELS_FILE,
    LABELS_FOLDER,
    MAP_FILE,
    VECTORS_FOLDER,
    Assets,
    read_table,
)
from rakuten_core.errors import AssetError
from rakuten_core.language import _
from rakuten_core.reports.saved_answers import answers

VIEWS = ("text", "photo", "both")


def map_views(assets: Assets) -> list[str]:
    """Return what maps there are, of `VIEWS`.

    Raises:
        AssetError: the map has not been computed, or is damaged.
    """
    columns = set(_table(assets).columns)
    return [view for view in VIEWS if f"{view}_x" in columns]


def product_map(assets: Assets, view: str, model: str) -> pd.DataFrame:
    """Return where each product lies on a map, and what a model answered to those of test.

    Args:
        assets: where map, answers and the ranking of labels are.
        view: of `map_views`.
        model: whose answers are joined.

    Returns:
        A table with `productid`, `code`, `split`, `x`, `y`, `answered` (code; 0 where it was not
        asked), `probability` of that (NaN likewise), `wrong` and `suspicious`.

    Raises:
        AssetError: the map has not been computed, or something is damaged.
    """
    table = _table(assets).rename(
        columns={"prdtypecode": "code", f"{view}_x": "x", f"{view}_y": "y"}
    )
    table = table[["productid", "code", "split", "x", "y"]].dropna(subset=["x", "y"])
    table = table.astype({"x": "float32", "y": "float32", "code": "int64"})
    answered = answers(assets, model)
    of_test = pd.DataFrame(
        {"answered": answered.predicted, "probability": answered.probabilities.max(axis=1)},
        index=answered.table["productid"],
    )
    table = table.join(of_test, on="productid").reset_index(drop=True)
    table["answered"] = table["answered"].fillna(0).astype("int64")
    table["wrong"] = (table["answered"] > 0) & (table["answered"] != table["code"])
    labels = assets.root / LABELS_FOLDER / LABELS_FILE
    listed = read_table(labels)["productid"] if labels.is_file() else pd.Series(dtype="int64")
    table["suspicious"] = table["productid"].isin(listed)
    return table


def _table(assets: Assets) -> pd.DataFrame:
    path = assets.root / VECTORS_FOLDER / MAP_FILE
    if not path.is_file():
        raise AssetError(
            _(
                "There is no map in {folder}. Compute it: python -m rakuten_core vectors --data DIR"
            ).format(folder=assets.root)
        )
    return read_table(path)


@dataclass(frozen=True)
class Picked:
    """What is known of some products of the map.

    Attributes:
        products: how many.
        types: a table with `code` and `products`, the most frequent type first.
        tested: how many of them are test products that the model was asked about.
        errors: share of these that it gets wrong; NaN without any.
        probability: mean of what it gave its answers; likewise.
        suspicious: how many have a label that is among the least credible.
    """

    products: int
    types: pd.DataFrame
    tested: int
    errors: float
    probability: float
    suspicious: int


def summary(table: pd.DataFrame) -> Picked:
    """Return what is known of some rows of `product_map`."""
    counts = table["code"].value_counts()
    tested = table[table["answered"] > 0]
    return Picked(
        products=len(table),
        types=pd.DataFrame({"code": counts.index, "products": counts.to_numpy()}),
        tested=len(tested),
        errors=float(tested["wrong"].mean()) if len(tested) else float("nan"),
        probability=float(tested["probability"].mean()) if len(tested) else float("nan"),
        suspicious=int(table["suspicious"].sum()),
    )


def place(table: pd.DataFrame, neighbours: Sequence[int]) -> tuple[float, float] | None:
    """Return where a product belongs on a map: amid its nearest products.

    Their medoid, not their mean: between two groups there may be nothing alike.

    Args:
        table: of `product_map`.
        neighbours: `productid` of the most similar products.
    """
    points = table.loc[table["productid"].isin(neighbours), ["x", "y"]].to_numpy()
    if len(points) == 0:
        return None
    distances = np.linalg.norm(points[:, np.newaxis] - points, axis=2).sum(axis=1)
    x, y = points[distances.argmin()]
    return float(x), float(y)
