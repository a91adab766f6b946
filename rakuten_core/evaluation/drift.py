"""Whether values come from the same distribution as others.

With thousands of products the smallest difference is significant: the size of the effect says
whether it matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_A_LITTLE, _MUCH = 0.1, 0.3


@dataclass(frozen=True)
class Drift:
    """How two samples differ.

    Attributes:
        statistic: of the test.
        p_value: probability of such a difference where there is none.
        effect: from 0 (alike) to 1 (nothing in common).
    """

    statistic: float
    p_value: float
    effect: float

    @property
    def level(self) -> int:
        """Return 0 where the samples are alike, 1 where they differ a little, 2 where much."""
        if self.p_value >= 0.01 or self.effect < _A_LITTLE:
            return 0
        return 1 if self.effect < _MUCH else 2


def drift_of_numbers(reference: np.ndarray, sample: np.ndarray) -> Drift | None:
    """Compare numbers by the two-sample Kolmogorov-Smirnov test (`scipy.stats.ks_2samp`).

    Args:
        reference: values of the training data, any length.
        sample: values to compare.

    Returns:
        The statistic is the effect: the largest distance between the two distribution functions.
        None where a side has fewer than two values.
    """
    if min(len(reference), len(sample)) < 2:
        return None
    # Importing it takes 70 MB, which only whoever looks at drift needs.
    from scipy.stats import ks_2samp

    found = ks_2samp(reference, sample, method="asymp")
    return Drift(float(found.statistic), float(found.pvalue), float(found.statistic))


def drift_of_counts(reference: Mapping[str, float], sample: Mapping[str, float]) -> Drift | None:
    """Compare how often each of some values occurs, by Pearson's chi-squared test.

    Args:
        reference: counts in the training data by value.
        sample: counts to compare; values may be new.

    Returns:
        The effect is the total variation distance: the share that would have to change. None where
        a side is empty or both hold one and the same value only.
    """
    values = sorted(set(reference) | set(sample))
    counts = np.array([[side.get(value, 0) for value in values] for side in (reference, sample)])
    counts = counts[:, counts.sum(axis=0) > 0]
    if counts.shape[1] < 2 or (counts.sum(axis=1) == 0).any():
        return None
    from scipy.stats import chi2_contingency

    found = chi2_contingency(counts, correction=False)
    shares = counts / counts.sum(axis=1, keepdims=True)
    effect = float(np.abs(shares[0] - shares[1]).sum() / 2)
    return Drift(float(found.statistic), float(found.pvalue), effect)
