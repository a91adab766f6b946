"""Which words are typical of a group of texts against another."""

import numpy as np


def keyness(counts: np.ndarray, against: np.ndarray, prior: np.ndarray | None = None) -> np.ndarray:
    """Return the z-scores of the log-odds ratio with an informative Dirichlet prior.

    Monroe, Colaresi and Quinn, Fightin' Words (2008), equations 16, 18 and 22: each group's word
    frequencies are smoothed towards those of all texts, so that rare words do not come first. For
    one word, 1.96 is the 5 % level; over a vocabulary it is a ranking.

    Args:
        counts: (words,) how often each word stands in the first group.
        against: (words,) the same in the other group.
        prior: (words,) how often each word stands in all texts; the sum of both by default.

    Returns:
        float64 (words,); 0 for words that stand nowhere.
    """
    first, second = counts.astype(float), against.astype(float)
    weights = (first + second) if prior is None else prior.astype(float)
    total = weights.sum()
    if not total or not first.sum() or not second.sum() or (weights > 0).sum() < 2:
        return np.zeros(len(first))
    known = weights > 0
    result = np.zeros(len(first))
    y1, y2, alpha = first[known], second[known], weights[known]

    def log_odds(y: np.ndarray) -> np.ndarray:
        return np.log(y + alpha) - np.log(y.sum() + total - y - alpha)

    variance = 1 / (y1 + alpha) + 1 / (y2 + alpha)
    result[known] = (log_odds(y1) - log_odds(y2)) / np.sqrt(variance)
    return result
