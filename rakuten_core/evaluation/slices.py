"""How a model does on parts of the test products, and on which parts it does worst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from rakuten_core.evaluation.metrics import (
    class_indices,
    expected_calibration_error,
    weighted_f1_of,
)

FEWEST = 50
"""Products that a slice must have."""
_PRECISION = 0.95
_SAMPLES = 300
_FALSE_DISCOVERIES = 0.05


@dataclass(frozen=True)
class SliceMeasures:
    """What a model does on one slice; each interval is a 95 % bootstrap interval.

    Attributes:
        rows: test products.
        weighted_f1: and its interval.
        calibration_error: expected calibration error, and its interval.
        coverage: largest share that can be sorted at 95 % precision, and its interval.
    """

    rows: int
    weighted_f1: float
    weighted_f1_interval: tuple[float, float]
    calibration_error: float
    calibration_error_interval: tuple[float, float]
    coverage: float
    coverage_interval: tuple[float, float]


def measure_slice(codes: np.ndarray, probabilities: np.ndarray, seed: int = 0) -> SliceMeasures:
    """Measure a model on the products of a slice.

    Args:
        codes: (products,) true codes.
        probabilities: (products, 27).
        seed: of the bootstrap.
    """
    labels, predicted = class_indices(codes), probabilities.argmax(axis=1)
    sure, right = probabilities.max(axis=1), predicted == labels

    def measures(rows: np.ndarray) -> tuple[float, float, float]:
        return (
            float(weighted_f1_of(labels[rows], predicted[rows])),
            expected_calibration_error(labels[rows], probabilities[rows]),
            _coverage(sure[rows], right[rows]),
        )

    generator = np.random.default_rng(seed)
    drawn = [measures(generator.integers(len(codes), size=len(codes))) for _ in range(_SAMPLES)]
    low, high = np.percentile(np.array(drawn), [2.5, 97.5], axis=0)
    intervals = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    f1, error, coverage = measures(np.arange(len(codes)))
    return SliceMeasures(len(codes), f1, intervals[0], error, intervals[1], coverage, intervals[2])


def _coverage(sure: np.ndarray, right: np.ndarray) -> float:
    order = np.argsort(-sure, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(precision >= _PRECISION)
    return float(enough[-1] + 1) / len(order) if len(enough) else 0.0


def worst_slices(right: np.ndarray, attributes: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Search single attributes and pairs of them for slices with more errors than elsewhere.

    Each slice of at least `FEWEST` products is held against all products by an exact binomial test;
    what is returned holds at a false discovery rate of 5 % (Benjamini and Hochberg 1995, by SciPy).

    Args:
        right: bool (products,) whether the model is right.
        attributes: by name, a value for each product, (products,).

    Returns:
        A table, most errors above the average first: `slice` (pairs of name and value), `rows`,
        `errors` (share), `excess` (errors more than on average) and `q_value`.
    """
    from scipy.stats import binomtest, false_discovery_control

    overall = float((~right).mean())
    found = []
    for names in [*((name,) for name in attributes), *combinations(attributes, 2)]:
        frame = pd.DataFrame({name: attributes[name] for name in names})
        for value, rows in frame.groupby(list(names), observed=True).indices.items():
            if len(rows) < FEWEST or len(rows) == len(right):
                continue
            errors = int((~right[rows]).sum())
            test = binomtest(errors, len(rows), overall, alternative="greater")
            values = value if isinstance(value, tuple) else (value,)
            found.append(
                {
                    "slice": tuple(zip(names, values, strict=True)),
                    "rows": len(rows),
                    "errors": errors / len(rows),
                    "excess": errors - overall * len(rows),
                    "p_value": test.pvalue,
                }
            )
    if not found:
        return pd.DataFrame(columns=["slice", "rows", "errors", "excess", "q_value"])
    table = pd.DataFrame(found)
    table["q_value"] = false_discovery_control(table.pop("p_value"))
    table = table[table["q_value"] <= _FALSE_DISCOVERIES]
    return table.sort_values("excess", ascending=False).reset_index(drop=True)
