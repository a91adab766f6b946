"""Two models on the products that both answered, and the outcome in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.errors import AssetError
from rakuten_core.evaluation.comparison import PairedTest, paired_test, paired_test_by_type
from rakuten_core.evaluation.metrics import weighted_f1
from rakuten_core.language import _, decimal, number
from rakuten_core.reports.saved_answers import answers
from rakuten_core.taxonomy import label_of


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
    tables = [answers(assets, name).table.set_index("productid") for name in (first, second)]
    if with_both:
        tables[0] = tables[0][tables[0]["has_text"] & tables[0]["has_image"]]
    both = tables[0].index.intersection(tables[1].index)
    codes = tables[0].loc[both, "prdtypecode"].to_numpy()
    return codes, probability_matrix(tables[0].loc[both]), probability_matrix(tables[1].loc[both])


def compare(assets: Assets, first: str, second: str, with_both: bool = False) -> PairedTest | None:
    """Return the paired test of two models on shared products, or None if they share none."""
    shared = shared_answers(assets, first, second, with_both)
    return paired_test(*shared) if len(shared[0]) else None


@dataclass(frozen=True)
class RunComparison:
    """One model trained twice: weighted F1 on the same test products, and the paired test."""

    before: float
    after: float
    test: PairedTest


def compare_runs(before: Assets, after: Assets, name: str) -> RunComparison:
    """Compare a model of two assets folders on the test products that both answered.

    Raises:
        AssetError: a folder lacks the model, or they share no test product.
    """
    tables = [answers(each, name).table.set_index("productid") for each in (before, after)]
    both = tables[0].index.intersection(tables[1].index)
    if both.empty:
        raise AssetError(_("The two runs of {name} share no test product.").format(name=name))
    codes = tables[1].loc[both, "prdtypecode"].to_numpy()
    first, second = (probability_matrix(table.loc[both]) for table in tables)
    return RunComparison(
        weighted_f1(codes, first), weighted_f1(codes, second), paired_test(codes, first, second)
    )


def compare_by_type(assets: Assets, first: str, second: str) -> pd.DataFrame:
    """Return `evaluation.paired_test_by_type` of two models on the products both answered."""
    return paired_test_by_type(*shared_answers(assets, first, second))


def significance_in_words(first: str, second: str, test: PairedTest) -> str:
    """Return the outcome of a paired test as a sentence."""
    if test.p_value >= 0.05:
        return _("No difference that {count} products can show (p = {p_value}).").format(
            count=number(test.rows), p_value=decimal(test.p_value, 2)
        )
    better = second if test.only_second > test.only_first else first
    p_value = f"p < {decimal(0.001, 3)}"
    if test.p_value >= 0.001:
        p_value = f"p = {decimal(test.p_value, 3)}"
    return _("{better} is better on this test set ({p_value}, {count} products).").format(
        better=better, p_value=p_value, count=number(test.rows)
    )


def type_in_words(first: str, second: str, row: Any) -> str:
    """Return who is better at one product type, from a row of `compare_by_type`."""
    if row.support == 0:
        return _("no test product")
    if row.p_value >= 0.05:
        return _("no difference shown")
    return second if row.difference > 0 else first


def who_wins(by_type: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Return a table of `compare_by_type` to read: types by name, and who wins in words.

    Args:
        by_type: of `compare_by_type`.
        first: what to call the first model.
        second: what to call the second model.

    Returns:
        A table with `type`, F1 of the `first` and of the `second`, their `difference`, and the
        `winner`.
    """
    return pd.DataFrame(
        {
            "type": [label_of(code) for code in by_type.index],
            "first": by_type["first"].to_numpy(),
            "second": by_type["second"].to_numpy(),
            "difference": by_type["difference"].to_numpy(),
            "winner": [type_in_words(first, second, row) for row in by_type.itertuples()],
        }
    )
