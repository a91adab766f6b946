"""Measures of a model, all recomputed from its saved probabilities on held-out products."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
    top_k_accuracy_score,
)

from rakuten_core.taxonomy import CODES

BOOTSTRAP_SAMPLES = 1000
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
    labels = label_positions(codes)
    # Saved probabilities are rounded; an exact zero for the truth would cost an infinite log loss.
    probabilities = np.clip(np.asarray(probabilities, np.float64), _SMALLEST, 1)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    predicted = probabilities.argmax(axis=1)
    present = np.unique(labels)
    measures: dict[str, Any] = {
        "rows": len(labels),
        "accuracy": accuracy_score(labels, predicted),
        "top3_accuracy": top_k_accuracy_score(
            labels, probabilities, k=3, labels=np.arange(len(CODES))
        ),
        "log_loss": log_loss(labels, np.clip(probabilities, 1e-7, 1), labels=np.arange(len(CODES))),
        "expected_calibration_error": expected_calibration_error(labels, probabilities),
    }
    for average in ("macro", "weighted"):
        precision, recall, f1, _ = precision_recall_fscore_support(
            labels, predicted, labels=present, average=average, zero_division=0
        )
        measures |= {
            f"{average}_precision": precision,
            f"{average}_recall": recall,
            f"{average}_f1": f1,
        }
    measures["weighted_f1_interval"] = bootstrap_interval(labels, predicted, seed=seed)
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
    return {
        name: float(value) if isinstance(value, (float, np.floating)) else value
        for name, value in measures.items()
    }


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


def label_positions(codes: np.ndarray) -> np.ndarray:
    """Return the position of each code in `taxonomy.CODES`."""
    return np.searchsorted(CODES, np.asarray(codes))


def weighted_f1(codes: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the challenge's metric: F1 per type, averaged by the number of its products."""
    predicted = np.asarray(CODES)[np.asarray(probabilities).argmax(axis=1)]
    return float(f1_score(codes, predicted, average="weighted", zero_division=0))


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
    labels: np.ndarray,
    predicted: np.ndarray,
    samples: int = BOOTSTRAP_SAMPLES,
    seed: int = 0,
) -> list[float]:
    """Return the 95 % percentile bootstrap interval of weighted F1 (Efron 1979).

    Products are drawn with replacement; each sample is scored from its confusion matrix.
    """
    scores = weighted_f1_of_samples(labels, predicted, bootstrap_rows(len(labels), samples, seed))
    return [float(bound) for bound in np.percentile(scores, [2.5, 97.5])]


def bootstrap_rows(rows: int, samples: int, seed: int) -> np.ndarray:
    """Return the rows of each bootstrap sample, int64 (samples, rows)."""
    return np.random.default_rng(seed).integers(0, rows, (samples, rows))


def f1_of_samples(
    labels: np.ndarray, predicted: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return F1 and support per type of each sample of rows, both float64 (samples, 27)."""
    size = len(CODES)
    pairs = labels * size + predicted
    f1, supports = np.empty((len(rows), size)), np.empty((len(rows), size))
    for sample, chosen in enumerate(rows):
        matrix = np.bincount(pairs[chosen], minlength=size * size).reshape(size, size)
        support, claimed, hits = matrix.sum(axis=1), matrix.sum(axis=0), matrix.diagonal()
        f1[sample] = 2 * hits / np.maximum(support + claimed, 1)
        supports[sample] = support
    return f1, supports


def weighted_f1_of_samples(
    labels: np.ndarray, predicted: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Return the weighted F1 of each sample of rows, float64 (samples,)."""
    f1, support = f1_of_samples(labels, predicted, rows)
    return (f1 * support).sum(axis=1) / support.sum(axis=1)


def confusion_counts(codes: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return how many products of each type (rows) got each type as answer (columns)."""
    predicted = np.asarray(probabilities).argmax(axis=1)
    return confusion_matrix(label_positions(codes), predicted, labels=np.arange(len(CODES)))


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
    labels = label_positions(codes)
    first_answers, second_answers = first.argmax(axis=1), second.argmax(axis=1)
    first_right, second_right = first_answers == labels, second_answers == labels
    only_first = int((first_right & ~second_right).sum())
    only_second = int((second_right & ~first_right).sum())
    discordant = only_first + only_second
    p_value = binomtest(only_first, discordant).pvalue if discordant else 1.0
    rows = bootstrap_rows(len(labels), BOOTSTRAP_SAMPLES, seed)
    differences = weighted_f1_of_samples(labels, second_answers, rows) - weighted_f1_of_samples(
        labels, first_answers, rows
    )
    low, high = np.percentile(differences, [2.5, 97.5])
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
    permutation test (Good 2005): were the models equal, the two answers to a product could as well
    be swapped; it is the share of swaps that give at least the difference found.

    Args:
        codes: (products,) true product type codes.
        first: (products, 27) probabilities of the first model.
        second: (products, 27) probabilities of the second model.
        seed: of the bootstrap and of the swaps.

    Returns:
        A table by code with `first`, `second`, `difference`, `low`, `high`, `support`, `p_value`.
    """
    labels = label_positions(codes)
    everything = np.arange(len(labels))[np.newaxis]
    rows = bootstrap_rows(len(labels), BOOTSTRAP_SAMPLES, seed)
    answers = [probabilities.argmax(axis=1) for probabilities in (first, second)]
    scores = [f1_of_samples(labels, answer, everything)[0][0] for answer in answers]
    samples = [f1_of_samples(labels, answer, rows)[0] for answer in answers]
    low, high = np.percentile(samples[1] - samples[0], [2.5, 97.5], axis=0)
    difference = scores[1] - scores[0]
    generator = np.random.default_rng(seed)
    reached = np.zeros(len(CODES))
    for _ in range(BOOTSTRAP_SAMPLES):
        swap = generator.random(len(labels)) < 0.5
        swapped = [np.where(swap, *pair) for pair in (answers, answers[::-1])]
        f1 = [f1_of_samples(labels, answer, everything)[0][0] for answer in swapped]
        reached += np.abs(f1[1] - f1[0]) >= np.abs(difference) - 1e-12
    return pd.DataFrame(
        {
            "first": scores[0],
            "second": scores[1],
            "difference": difference,
            "low": low,
            "high": high,
            "support": np.bincount(labels, minlength=len(CODES)),
            "p_value": (reached + 1) / (BOOTSTRAP_SAMPLES + 1),
        },
        index=pd.Index(CODES, name="code"),
    )


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
