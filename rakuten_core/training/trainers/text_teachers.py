"""Soft labels of texts, by models that have not seen them.

The train split is answered out of fold, every other text by the models of all folds together.
Validation stays unseen by all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from rakuten_core.data.products import Products
from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.inference.models.calibration import fit_temperature, to_probabilities
from rakuten_core.taxonomy import CODES
from rakuten_core.training.checkpoints import Checkpoints
from rakuten_core.training.context import Context
from rakuten_core.training.folds import each_fold
from rakuten_core.training.trainers.text_convolutional import TextConvolutionalTrainer
from rakuten_core.training.trainers.text_linear import TextLinearTrainer
from rakuten_core.training.trainers.text_material import TextMaterial


@dataclass(frozen=True)
class FoldAnswers:
    """What the models of all folds answer.

    Attributes:
        held: float32 (products to learn from, 27), each row by the model that did not see it.
        others: float32 (other products, 27), the mean of all models' scores.
    """

    held: np.ndarray
    others: np.ndarray


def answers_of_folds(
    context: Context,
    products: pd.DataFrame,
    others: Products,
    learnt: Callable[[int, np.ndarray], Callable[[Products], np.ndarray]],
    checkpoints: Checkpoints,
    name: str,
    folds: int,
) -> FoldAnswers:
    """Return what models answer to products out of fold, and to products that none learnt from.

    Args:
        context: data and folders.
        products: to learn from.
        others: never learnt from.
        learnt: from a fold's number and a mask of the products to learn from to the function that
            scores products.
        checkpoints: each fold is kept there.
        name: shown beside the progress bar.
        folds: how many parts.
    """

    def answer(fold: int, hold: np.ndarray) -> dict[str, np.ndarray]:
        scores = learnt(fold, ~hold)
        held = scores(context.answerable(products[hold]))
        return {"held": held, "others": scores(others)}

    held = np.empty((len(products), len(CODES)), np.float32)
    sums, count = np.zeros((len(others), len(CODES))), 0
    for hold, found in each_fold(products, answer, checkpoints, name, folds):
        held[hold] = found["held"]
        sums, count = sums + found["others"], count + 1
    return FoldAnswers(held, (sums / count).astype(np.float32))


def colleagues() -> dict[str, Any]:
    """Return the trainers of the models that label texts beside the networks, by name."""
    return {"text_linear": TextLinearTrainer(), "text_convolutional": TextConvolutionalTrainer()}


def answers_of_colleagues(context: Context, texts: TextMaterial, folds: int) -> list[FoldAnswers]:
    """Return what the colleagues answer to train, and to the texts that no teacher learns from."""
    teaching = texts.teaching.fingerprint if texts.teaching else None

    def answers(name: str, trainer: Any) -> FoldAnswers:
        def learnt(_fold: int, learn: np.ndarray) -> Callable[[Products], np.ndarray]:
            return trainer.learnt(context, texts.train[learn]).scores

        facts = trainer.method_version, trainer.parameters(), folds, teaching
        checkpoints = context.checkpoints(f"teacher-{name}", *facts)
        return answers_of_folds(
            context, texts.train, texts.others, learnt, checkpoints, name, folds
        )

    return [answers(name, trainer) for name, trainer in colleagues().items()]


def soft_labels(
    answers: Sequence[FoldAnswers], weights: Sequence[float], codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted geometric mean of several models' calibrated probabilities.

    Args:
        answers: of each model.
        weights: of each model.
        codes: of the products to learn from, on which the temperatures are fitted.

    Returns:
        Shares of the types, float32 (products to learn from, 27) and (other products, 27).
    """
    truth = class_indices(codes)
    held, others = np.zeros(answers[0].held.shape), np.zeros(answers[0].others.shape)
    for answer, weight in zip(answers, weights, strict=True):
        temperature = fit_temperature(answer.held, truth)
        held += weight * log_softmax(answer.held / temperature, axis=1)
        others += weight * log_softmax(answer.others / temperature, axis=1)
    total = sum(weights)
    return (
        to_probabilities(held / total).astype(np.float32),
        to_probabilities(others / total).astype(np.float32),
    )
