"""Tables for the pages, all computed from what is in `assets/`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.errors import AssetError, ModelError
from rakuten_core.evaluation.metrics import (
    PairedTest,
    confusion_counts,
    f1_of_samples,
    label_positions,
    paired_test,
    paired_test_by_type,
    reliability,
)
from rakuten_core.registry import REGISTRY, ModelEntry, with_needed
from rakuten_core.reports import published
from rakuten_core.taxonomy import CODES, PRODUCT_TYPES, types_by_domain

ORDERS = ("code", "domain", "clustering")
PUBLISHED_MATRIX = "published"
"""Stands for the published confusion matrix where a model's name is expected."""


@dataclass(frozen=True)
class Answers:
    """What one model answered on its test products.

    Attributes:
        table: the saved test table.
        codes: (products,) true codes.
        probabilities: (products, 27).
    """

    table: pd.DataFrame
    codes: np.ndarray
    probabilities: np.ndarray

    @property
    def predicted(self) -> np.ndarray:
        """The codes answered, (products,)."""
        return np.asarray(CODES)[self.probabilities.argmax(axis=1)]


def answers(assets: Assets, name: str) -> Answers:
    """Return what a model answered.

    Raises:
        AssetError: the model has not been trained.
    """
    manifest = assets.model(name).folder / "manifest.json"
    return _read_answers(assets, name, manifest.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read_answers(assets: Assets, name: str, modified: int) -> Answers:
    table = assets.model(name).test_probabilities()
    return Answers(table, table["prdtypecode"].to_numpy(), probability_matrix(table))


def rounding_costs(assets: Assets) -> pd.DataFrame:
    """Return what shorter numbers cost each model that ships with them.

    Returns:
        A table with `model`, `what` was shortened, weighted F1 `before` and `after` on `rows`
        test products, the `cost` and the model's `size_mb`; empty where no model has any.
    """
    columns = ["model", "what", "before", "after", "cost", "rows", "size_mb"]
    found = []
    trained = {model.name: model for model in assets.models()}
    for entry in (entry for entry in REGISTRY if entry.name in trained):
        rounding = trained[entry.name].manifest.get("rounding")
        if rounding is None:
            continue
        before, after = rounding["weighted_f1_before"], rounding["weighted_f1_after"]
        size = _bytes_of(assets, entry) / 2**20
        found.append(
            (entry.name, rounding["what"], before, after, before - after, rounding["rows"], size)
        )
    return pd.DataFrame(found, columns=columns)


def trained_models(assets: Assets) -> list[str]:
    """Return the names of the trained models in the registry's order."""
    trained = {model.name for model in assets.models()}
    return [entry.name for entry in REGISTRY if entry.name in trained]


def model_table(assets: Assets, subset: str = "all") -> pd.DataFrame:
    """Return one row per registered model, measured and published; what is not known is missing.

    Args:
        assets: where the models are.
        subset: of the test products: `all` that the model can read, `with_text`, `with_image` or
            `with_both`.
    """
    rows = []
    for entry in REGISTRY:
        row = {
            "model": entry.name,
            "reads": entry.modality,
            "family": entry.family,
            "description": entry.description,
        }
        known = published.score(entry.published)
        if known:
            row |= {"published": known[0], "published_measure": known[1]}
        try:
            model = assets.model(entry.name)
            measures, manifest = model.metrics[subset], model.manifest
            row |= {
                "weighted_f1": measures["weighted_f1"],
                "low": measures["weighted_f1_interval"][0],
                "high": measures["weighted_f1_interval"][1],
                "rows": measures["rows"],
                "accuracy": measures["accuracy"],
                "macro_f1": measures["macro_f1"],
                "top3_accuracy": measures["top3_accuracy"],
                "log_loss": measures["log_loss"],
                "calibration_error": measures["expected_calibration_error"],
                "train_seconds": manifest["train_seconds"],
                "peak_memory_mb": manifest["peak_memory_bytes"] / 2**20,
                "size_mb": _bytes_of(assets, entry) / 2**20,
                "parameters": manifest.get("parameter_count"),
                "milliseconds": manifest.get("milliseconds_per_product"),
            }
        except (AssetError, KeyError):
            # Not trained here, or no product of the subset is one that the model can read.
            row["weighted_f1"] = np.nan
        rows.append(row)
    columns = [*rows[0], "published", "published_measure", "low", "high", "rows", "milliseconds"]
    table = pd.DataFrame(rows)
    return table.reindex(columns=list(dict.fromkeys([*table.columns, *columns])))


def _bytes_of(assets: Assets, entry: ModelEntry) -> int:
    """Return the size of what must be loaded to answer; the study's fusions hold copies."""
    models = with_needed([entry.name]) if entry.family == "own" else [entry]
    return sum(assets.model(each.name).manifest["model_bytes"] for each in models)


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
        shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1e-9)
        likeness = (shares + shares.T) / 2
        rows, columns = np.triu_indices(len(CODES), 1)
        return [
            CODES[leaf] for leaf in leaves_list(linkage(1 - likeness[rows, columns], "average"))
        ]
    raise ModelError(f"Unknown order. Received: {order!r}. Known: {', '.join(ORDERS)}.")


def shared_answers(
    assets: Assets, first: str, second: str, with_both: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the true codes and both models' probabilities on the products both answered.

    Args:
        assets: where the models are.
        first: one model.
        second: the other.
        with_both: leave out products that lack a text or a photo.
    """
    tables = [
        assets.model(name).test_probabilities().set_index("productid") for name in (first, second)
    ]
    if with_both:
        tables[0] = tables[0][tables[0]["has_text"] & tables[0]["has_image"]]
    both = tables[0].index.intersection(tables[1].index)
    codes = tables[0].loc[both, "prdtypecode"].to_numpy()
    return codes, probability_matrix(tables[0].loc[both]), probability_matrix(tables[1].loc[both])


def compare(assets: Assets, first: str, second: str, with_both: bool = False) -> PairedTest | None:
    """Return the paired test of two models on shared products, or None if they share none."""
    shared = shared_answers(assets, first, second, with_both)
    return paired_test(*shared) if len(shared[0]) else None


def compare_by_type(assets: Assets, first: str, second: str) -> pd.DataFrame:
    """Return `evaluation.paired_test_by_type` of two models on the products both answered."""
    return paired_test_by_type(*shared_answers(assets, first, second))


def true_class_probability(assets: Assets, name: str) -> np.ndarray:
    """Return the probability that a model gave to the truth, (products,)."""
    found = answers(assets, name)
    return found.probabilities[np.arange(len(found.codes)), label_positions(found.codes)]


def reliability_of(assets: Assets, name: str) -> pd.DataFrame:
    """Return `confidence`, `accuracy` and `products` per bin of a model's confidence."""
    found = answers(assets, name)
    return pd.DataFrame(
        reliability(label_positions(found.codes), found.probabilities),
        columns=["confidence", "accuracy", "products"],
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
    tables = [assets.model(name).test_probabilities().set_index("productid") for name in names]
    shared = tables[0].index
    for table in tables[1:]:
        shared = shared.intersection(table.index)
    labels = label_positions(tables[0].loc[shared, "prdtypecode"].to_numpy())
    everything = np.arange(len(shared))[np.newaxis]
    columns = {
        name: f1_of_samples(
            labels, probability_matrix(table.loc[shared]).argmax(axis=1), everything
        )[0][0]
        for name, table in zip(names, tables, strict=True)
    }
    support = np.bincount(labels, minlength=len(CODES))
    return pd.DataFrame(columns | {"support": support}, index=pd.Index(CODES, name="code"))


def significance_in_words(first: str, second: str, test: PairedTest) -> str:
    """Return the outcome of a paired test as a sentence."""
    if test.p_value >= 0.05:
        return f"No difference that {test.rows:,} products can show (p = {test.p_value:.2f})."
    better = second if test.only_second > test.only_first else first
    p_value = "p < 0.001" if test.p_value < 0.001 else f"p = {test.p_value:.3f}"
    return f"{better} is better on this test set ({p_value}, {test.rows:,} products)."


def type_in_words(first: str, second: str, row: Any) -> str:
    """Return who is better at one product type, from a row of `compare_by_type`."""
    if row.support == 0:
        return "no test product"
    if row.p_value >= 0.05:
        return f"no difference that {row.support:,} products can show"
    better = second if row.difference > 0 else first
    return f"{better} ({'p < 0.01' if row.p_value < 0.01 else f'p = {row.p_value:.2f}'})"


def label_of(code: int) -> str:
    """Return `10 Livres d'occasion`."""
    return f"{code} {PRODUCT_TYPES[CODES.index(code)].french}"
