"""Whether one of two models is better, on the products that both answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rakuten_core.evaluation.metrics import (
    BOOTSTRAP_BATCH,
    BOOTSTRAP_SAMPLES,
    class_indices,
    f1_of,
    weighted_f1,
    weighted_f1_of,
)
from rakuten_core.taxonomy import CODES


@dataclass(frozen=True)
class PairedTest:
    """Two models on the same products.

    Attributes:
        rows: products that both answered.
        difference: weighted F1 of the second minus that of the first.
        interval: 95 % bootstrap interval of the difference.
        only_first: products that only the first gets right.
        only_second: products that only the second gets right.
        p_value: exact McNemar test of whether they are right equally often.
    """

    rows: int
    difference: float
    interval: tuple[float, float]
    only_first: int
    only_second: int
    p_value: float


def paired_test(
    codes: np.ndarray, first: np.ndarray, second: np.ndarray, seed: int = 0
) -> PairedTest:
    """Compare two models on the products that both answered.

    McNemar's test (1947) in its exact form: among the products that one model gets right and the
    other wrong, either is as likely if the models are equally good.

    Args:
        codes: (products,) true product type codes.
        first: (products, 27) probabilities of the first model.
        second: (products, 27) probabilities of the second model.
        seed: of the bootstrap.
    """
    labels = class_indices(codes)
    first_answers, second_answers = first.argmax(axis=1), second.argmax(axis=1)
    first_right, second_right = first_answers == labels, second_answers == labels
    only_first = int((first_right & ~second_right).sum())
    only_second = int((second_right & ~first_right).sum())
    discordant = only_first + only_second
    from scipy.stats import binomtest

    p_value = binomtest(only_first, discordant).pvalue if discordant else 1.0
    low, high = _interval(
        lambda truth, one, other, axis: weighted_f1_of(truth, other) - weighted_f1_of(truth, one),
        (labels, first_answers, second_answers),
        seed,
    )
    return PairedTest(
        rows=len(labels),
        difference=weighted_f1(codes, second) - weighted_f1(codes, first),
        interval=(float(low), float(high)),
        only_first=only_first,
        only_second=only_second,
        p_value=float(p_value),
    )


def paired_test_by_type(
    codes: np.ndarray, first: np.ndarray, second: np.ndarray, seed: int = 0
) -> pd.DataFrame:
    """Compare the F1 of two models type by type on the products that both answered.

    The interval is of the bootstrapped difference of F1 (Efron 1979). The p-value is of a paired
    permutation test (Good 2005, `scipy.stats.permutation_test`): were the models equal, the two
    answers to a product could as well be swapped.

    Args:
        codes: (products,) true product type codes.
        first: (products, 27) probabilities of the first model.
        second: (products, 27) probabilities of the second model.
        seed: of the bootstrap and of the swaps.

    Returns:
        A table by code with `first`, `second`, `difference`, `low`, `high`, `support`, `p_value`.
    """
    labels = class_indices(codes)
    answers = [probabilities.argmax(axis=1) for probabilities in (first, second)]
    scores = [f1_of(labels, answer)[0] for answer in answers]
    low, high = _interval(
        lambda truth, one, other, axis: f1_of(truth, other)[0] - f1_of(truth, one)[0],
        (labels, *answers),
        seed,
    )
    return pd.DataFrame(
        {
            "first": scores[0],
            "second": scores[1],
            "difference": scores[1] - scores[0],
            "low": low,
            "high": high,
            "support": np.bincount(labels, minlength=len(CODES)),
            "p_value": _permutation_p_values(labels, answers[0], answers[1], seed),
        },
        index=pd.Index(CODES, name="code"),
    )


def _interval(
    statistic: Callable[..., np.ndarray], data: tuple[np.ndarray, ...], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % percentile bootstrap interval of a statistic over paired products."""
    from scipy.stats import bootstrap

    if len(data[0]) < 2:
        only = statistic(*data, axis=-1)
        return only, only
    found = bootstrap(
        data,
        statistic,
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=BOOTSTRAP_SAMPLES,
        batch=BOOTSTRAP_BATCH,
        rng=np.random.default_rng(seed),
    )
    return found.confidence_interval


def _permutation_p_values(
    labels: np.ndarray, first: np.ndarray, second: np.ndarray, seed: int
) -> np.ndarray:
    """Return the p-value of the difference of F1 of each type, (27,)."""
    kinds = np.arange(len(CODES))[:, np.newaxis]

    def outcomes(answers: np.ndarray) -> np.ndarray:
        """Return per type and product 2 for a hit, 1 for a miss or a false alarm, else 0."""
        hit = (labels == kinds) & (answers == kinds)
        return 2 * hit + ((labels == kinds) ^ (answers == kinds)).astype(np.int8)

    # Where both say the same, a swap changes nothing: these products are counted once and for all.
    differ = first != second
    if differ.sum() < 2:
        return np.ones(len(CODES))
    pair = outcomes(first), outcomes(second)
    same = pair[0][:, ~differ]
    hits, errors = (same == 2).sum(axis=1), (same == 1).sum(axis=1)

    def f1(outcome: np.ndarray, axis: int) -> np.ndarray:
        all_hits = hits + (outcome == 2).sum(axis=axis)
        all_errors = errors + (outcome == 1).sum(axis=axis)
        return 2 * all_hits / np.maximum(2 * all_hits + all_errors, 1)

    from scipy.stats import permutation_test

    found = permutation_test(
        tuple(outcome[:, differ] for outcome in pair),
        lambda one, other, axis: f1(other, axis) - f1(one, axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=BOOTSTRAP_SAMPLES,
        batch=BOOTSTRAP_BATCH,
        axis=1,
        rng=np.random.default_rng(seed),
    )
    return found.pvalue
