"""Measures of a model, all recomputed from its saved probabilities on held-out products."""

from typing import Any

import numpy as np

from rakuten_core.taxonomy import CODES

BOOTSTRAP_SAMPLES = 1000
BOOTSTRAP_BATCH = 100
CALIBRATION_BINS = 15
_SMALLEST = 1e-7


def evaluate(codes: np.ndarray, probabilities: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """Return every measure of a model on one set of products.

    Args:
        codes: (products,) true product type codes.
        probabilities: (products, 27) in the order of `taxonomy.CODES`.
        seed: of the bootstrap.

    Returns:
        A dictionary that JSON can hold: `rows`, `accuracy`, `top3_accuracy`, `log_loss`,
        `expected_calibration_error`, precision, recall and F1 as `macro_*` and `weighted_*`,
        `weighted_f1_interval` (95 % bootstrap), and `by_type`: per code precision, recall, F1 and
        support. Macro averages are over the types that occur.
    """
    # Pages ask for other measures: they need not wait for this import.
    from sklearn.metrics import accuracy_score, log_loss, top_k_accuracy_score

    labels = class_indices(codes)
    # Saved probabilities are rounded; an exact zero for the truth would cost an infinite log loss.
    probabilities = np.clip(np.asarray(probabilities, np.float64), _SMALLEST, 1)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    predicted = probabilities.argmax(axis=1)
    measures: dict[str, Any] = {
        "rows": len(labels),
        "accuracy": accuracy_score(labels, predicted),
        "top3_accuracy": top_k_accuracy_score(
            labels, probabilities, k=3, labels=np.arange(len(CODES))
        ),
        "log_loss": log_loss(labels, np.clip(probabilities, 1e-7, 1), labels=np.arange(len(CODES))),
        "expected_calibration_error": expected_calibration_error(labels, probabilities),
    }
    measures |= _precision_recall_f1(labels, predicted)
    measures["weighted_f1_interval"] = bootstrap_interval(labels, predicted, seed=seed)
    return {
        name: float(value) if isinstance(value, (float, np.floating)) else value
        for name, value in measures.items()
    }


def _precision_recall_f1(labels: np.ndarray, predicted: np.ndarray) -> dict[str, Any]:
    """Return averages over the types that occur, and the three measures by type."""
    from sklearn.metrics import precision_recall_fscore_support

    measures: dict[str, Any] = {}
    for average in ("macro", "weighted"):
        precision, recall, f1, _ = precision_recall_fscore_support(
            labels, predicted, labels=np.unique(labels), average=average, zero_division=0
        )
        measures |= {
            f"{average}_precision": precision,
            f"{average}_recall": recall,
            f"{average}_f1": f1,
        }
    per_type = precision_recall_fscore_support(
        labels, predicted, labels=np.arange(len(CODES)), zero_division=0
    )
    measures["by_type"] = {
        str(code): {
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "support": int(support),
        }
        for code, precision, recall, f1, support in zip(CODES, *per_type, strict=True)
    }
    return measures


def evaluate_subsets(
    codes: np.ndarray, probabilities: np.ndarray, has_text: np.ndarray, has_image: np.ndarray
) -> dict[str, Any]:
    """Return the measures on all products and on those with text, a photo, both or one of them.

    Args:
        codes: (products,) true product type codes.
        probabilities: (products, 27).
        has_text: (products,) whether there is a title or a description.
        has_image: (products,) whether there is a photo.

    Returns:
        Per subset that has products (`all`, `with_text`, `with_image`, `with_both`, `text_only`,
        `image_only`) what `evaluate` returns.
    """
    subsets = {
        "all": np.ones(len(codes), bool),
        "with_text": has_text,
        "with_image": has_image,
        "with_both": has_text & has_image,
        "text_only": has_text & ~has_image,
        "image_only": ~has_text & has_image,
    }
    return {
        name: evaluate(codes[rows], probabilities[rows])
        for name, rows in subsets.items()
        if rows.any()
    }


def class_indices(codes: np.ndarray) -> np.ndarray:
    """Return the position of each code in `taxonomy.CODES`."""
    return np.searchsorted(CODES, np.asarray(codes))


def weighted_f1(codes: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the challenge's metric: F1 per type, averaged by the number of its products."""
    predicted = np.asarray(probabilities).argmax(axis=1)
    return float(weighted_f1_of(class_indices(codes), predicted))


def expected_calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = CALIBRATION_BINS
) -> float:
    """Return the mean gap between confidence and accuracy over equal-width bins of confidence.

    Definition: Guo et al., On Calibration of Modern Neural Networks (2017), with 15 bins.
    """
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    positions = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(positions, minlength=bins)
    gap = np.abs(
        np.bincount(positions, weights=correct, minlength=bins)
        - np.bincount(positions, weights=confidence, minlength=bins)
    )
    return float(gap.sum() / counts.sum())


def bootstrap_interval(
    labels: np.ndarray, predicted: np.ndarray, samples: int = BOOTSTRAP_SAMPLES, seed: int = 0
) -> list[float]:
    """Return the 95 % percentile bootstrap interval of weighted F1 (Efron 1979).

    Products are drawn with replacement (`scipy.stats.bootstrap`).

    Args:
        labels: (products,) class indices of the truth.
        predicted: (products,) class indices of the answers.
        samples: how many times products are drawn.
        seed: of the draws.
    """
    from scipy.stats import bootstrap

    if len(labels) < 2:
        only = float(weighted_f1_of(labels, predicted))
        return [only, only]
    found = bootstrap(
        (labels, predicted),
        weighted_f1_of,
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=samples,
        batch=BOOTSTRAP_BATCH,
        rng=np.random.default_rng(seed),
    )
    return [float(bound) for bound in found.confidence_interval]


def f1_of(labels: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return F1 and support of each type, of one sample of products or of many.

    Args:
        labels: class indices of the truth, (products,) or (samples, products).
        predicted: class indices of the answers, of the same shape.

    Returns:
        Two float64 arrays, (27,) or (27, samples).
    """
    size = len(CODES)
    pairs = np.atleast_2d(labels * size + predicted)
    samples = len(pairs)
    start = np.arange(samples)[:, np.newaxis] * size**2
    matrices = np.bincount((start + pairs).ravel(), minlength=samples * size**2)
    matrices = matrices.reshape(samples, size, size)
    support, claimed = matrices.sum(axis=2), matrices.sum(axis=1)
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    f1 = 2 * hits / np.maximum(support + claimed, 1)
    if np.ndim(labels) == 1:
        return f1[0], support[0].astype(float)
    return f1.T, support.T.astype(float)


def weighted_f1_of(labels: np.ndarray, predicted: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the weighted F1 of one sample of products or of many, () or (samples,).

    Args:
        labels: see `f1_of`.
        predicted: see `f1_of`.
        axis: of the products, always the last; `scipy.stats` passes it.
    """
    f1, support = f1_of(labels, predicted)
    return (f1 * support).sum(axis=0) / support.sum(axis=0)


def confusion_counts(codes: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return how many products of each type (rows) got each type as answer (columns)."""
    predicted = np.asarray(probabilities).argmax(axis=1)
    size = len(CODES)
    pairs = class_indices(codes) * size + predicted
    return np.bincount(pairs, minlength=size**2).reshape(size, size)


def reliability(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = CALIBRATION_BINS
) -> list[tuple[float, float, int]]:
    """Return mean confidence, accuracy and number of products of each bin that has any."""
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    positions = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (
            float(confidence[positions == position].mean()),
            float(correct[positions == position].mean()),
            int((positions == position).sum()),
        )
        for position in np.unique(positions)
    ]
