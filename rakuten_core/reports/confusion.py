"""Confusion matrices, the products behind a cell, and the types one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.metrics import class_indices, confusion_counts, f1_of
from rakuten_core.language import _
from rakuten_core.registry import REGISTRY
from rakuten_core.reports import published
from rakuten_core.reports.saved_answers import answers, trained_models
from rakuten_core.taxonomy import CODES, label_of, types_by_domain

ORDERS = ("domain", "code", "clustering")
PUBLISHED_MATRIX = "published"
"""Stands for the published confusion matrix where a model's name is expected."""


def order_of_types(order: str, matrix: np.ndarray | None = None) -> list[int]:
    """Return the 27 codes by `code`, by `domain` or, from a confusion matrix, by `clustering`.

    Clustering puts types together that are confused with each other: average linkage on one minus
    the mean share of the two confusions.
    """
    if order == "code":
        return list(CODES)
    if order == "domain":
        return [each.code for each in types_by_domain()]
    if order == "clustering" and matrix is not None:
        from scipy.cluster.hierarchy import leaves_list, linkage

        shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1e-9)
        likeness = (shares + shares.T) / 2
        rows, columns = np.triu_indices(len(CODES), 1)
        return [
            CODES[leaf] for leaf in leaves_list(linkage(1 - likeness[rows, columns], "average"))
        ]
    raise ModelError(
        _("Unknown order. Received: {order}. Known: {orders}.").format(
            order=repr(order), orders=", ".join(ORDERS)
        )
    )


def confusion_matrix(assets: Assets, name: str) -> np.ndarray:
    """Return a confusion matrix, true types in rows, (27, 27): counts, or published shares."""
    if name == PUBLISHED_MATRIX:
        return published.confusion().reindex(index=CODES, columns=CODES).to_numpy()
    found = answers(assets, name)
    return confusion_counts(found.codes, found.probabilities).astype(float)


def normalise(matrix: np.ndarray, by: str) -> np.ndarray:
    """Return a confusion matrix as shares of its `row`s or `column`s, or as it is (`count`)."""
    if by == "count":
        return matrix
    axis = {"row": 1, "column": 0}[by]
    return matrix / np.maximum(matrix.sum(axis=axis, keepdims=True), 1e-9)


def strongest_confusions(matrix: np.ndarray, most: int = 8) -> pd.DataFrame:
    """Return the confusions of the largest share of their true type.

    Returns:
        A table with `true`, `answered` (codes), `share` of the true type and its `support`.
    """
    shares = normalise(matrix, "row").copy()
    np.fill_diagonal(shares, 0)
    strongest = np.argsort(-shares, axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(strongest, shares.shape)
    return pd.DataFrame(
        {
            "true": [CODES[row] for row in rows],
            "answered": [CODES[column] for column in columns],
            "share": shares[rows, columns],
            "support": matrix.sum(axis=1)[rows],
        }
    )


def products_of_cell(assets: Assets, name: str, true: int, answered: int) -> pd.DataFrame:
    """Return the products of a type that a model answered with another (or the same), surest first.

    Returns:
        A table with `productid`, `answered_probability`, `true_probability`, `has_text` and
        `has_image`.
    """
    found = answers(assets, name)
    chosen = (found.codes == true) & (found.predicted == answered)
    table = found.table.loc[chosen, ["productid", "has_text", "has_image"]].assign(
        answered_probability=found.probabilities[chosen, CODES.index(answered)],
        true_probability=found.probabilities[chosen, CODES.index(true)],
    )
    return table.sort_values("answered_probability", ascending=False, ignore_index=True)


def profile(assets: Assets, code: int) -> pd.DataFrame:
    """Return how each trained model does on one product type.

    Returns:
        A table by model with `reads`, `precision`, `recall`, `f1`, `support`, and `confused_with`
        (the code it answers most often instead) with its `share`.
    """
    modalities = {entry.name: entry.modality for entry in REGISTRY}
    position = CODES.index(code)
    rows = []
    for name in trained_models(assets):
        measures = assets.model(name).metrics["all"]["by_type"][str(code)]
        shares = normalise(confusion_matrix(assets, name), "row")[position].copy()
        shares[position] = 0
        confused = CODES[int(shares.argmax())] if shares.any() else None
        rows.append(
            {"model": name, "reads": modalities[name]}
            | measures
            | {"confused_with": confused, "share": shares.max()}
        )
    return pd.DataFrame(rows).set_index("model")


def contributions(assets: Assets, names: Sequence[str]) -> pd.DataFrame:
    """Return the F1 per product type of several models on the products that all of them answered.

    Returns:
        A table by code, one column per model, and `support`.
    """
    tables = [answers(assets, name).table.set_index("productid") for name in names]
    shared = tables[0].index
    for table in tables[1:]:
        shared = shared.intersection(table.index)
    labels = class_indices(tables[0].loc[shared, "prdtypecode"].to_numpy())
    columns = {
        name: f1_of(labels, probability_matrix(table.loc[shared]).argmax(axis=1))[0]
        for name, table in zip(names, tables, strict=True)
    }
    support = np.bincount(labels, minlength=len(CODES))
    return pd.DataFrame(columns | {"support": support}, index=pd.Index(CODES, name="code"))


def f1_by_type_ordered(table: pd.DataFrame, order: str) -> pd.DataFrame:
    """Return a table of F1 by code, the most `difficult` type first, by `domain` or by `code`."""
    if order == "difficulty":
        return table.loc[table.mean(axis=1).sort_values().index]
    if order == "domain":
        return table.loc[[each.code for each in types_by_domain()]]
    return table


def labelled_profile(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of `profile` to read: types by name, what a row is called as `label`."""
    others = [
        _("none") if pd.isna(other) else label_of(int(other)) for other in table["confused_with"]
    ]
    return table.assign(confused_with=others).rename_axis("label").reset_index()
