"""Which products a model learns from, which it is measured on, and out-of-fold predictions."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core.data.catalog import fold_of
from rakuten_core.errors import ModelError
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES
from rakuten_core.training.checkpoints import Checkpoints


def learning_products(products: pd.DataFrame, modality: str) -> pd.DataFrame:
    """Return the products of train and validation.

    Raises:
        ModelError: there are none, or they are all of one type.
    """
    return _of_several_types(products[products["split"] != "test"], modality)


def training_products(products: pd.DataFrame, modality: str) -> pd.DataFrame:
    """Return the products of train.

    Raises:
        ModelError: there are none, or they are all of one type.
    """
    return _of_several_types(products[products["split"] == "train"], modality)


def _of_several_types(products: pd.DataFrame, modality: str) -> pd.DataFrame:
    if products["prdtypecode"].nunique() < 2:
        raise ModelError(
            _(
                "Products with {modality} of at least two types are needed to train; found "
                "{found}. Give it a larger catalogue."
            ).format(modality=modality, found=products["prdtypecode"].nunique())
        )
    return products


def validation_products(products: pd.DataFrame, modality: str) -> pd.DataFrame:
    """Return the products of validation.

    Raises:
        ModelError: there are none.
    """
    validation = products[products["split"] == "validation"]
    if validation.empty:
        raise ModelError(
            _(
                "No product with {modality} fell into the validation split, which calibration "
                "needs. Give it a larger catalogue."
            ).format(modality=modality)
        )
    return validation


def test_products(products: pd.DataFrame) -> pd.DataFrame:
    """Return the products of the test split."""
    return products[products["split"] == "test"]


def each_fold(
    products: pd.DataFrame,
    answer: Callable[[int, np.ndarray], dict[str, np.ndarray]],
    checkpoints: Checkpoints,
    name: str,
    folds: int,
) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Yield, of each fold, which products it holds out and what a model without them answers.

    Several processes with one folder of checkpoints share the folds among them.

    Args:
        products: what to learn from; the fold is a function of `productid`.
        answer: from a fold's number and a mask of the products to hold out to named arrays.
        checkpoints: each fold's arrays are kept there.
        name: shown beside the progress bar.
        folds: how many parts.
    """
    fold_of_product = np.array([fold_of(productid, folds) for productid in products["productid"]])
    # What another process is at comes last: it may be there by then.
    free_first = sorted(
        np.unique(fold_of_product).tolist(), key=lambda fold: checkpoints.busy(f"fold{fold}")
    )
    for fold in tqdm(free_first, desc=_("{name}, out-of-fold").format(name=name), unit="fold"):
        hold = fold_of_product == fold
        yield hold, checkpoints.arrays(f"fold{fold}", partial(answer, fold, hold))


def out_of_fold_scores(
    products: pd.DataFrame,
    scores: Callable[[np.ndarray, np.ndarray], np.ndarray],
    checkpoints: Checkpoints,
    name: str,
    folds: int,
) -> np.ndarray:
    """Return scores of each product from a model that did not see it.

    Args:
        products: what to learn from; the fold is a function of `productid`.
        scores: from a mask of products to learn from and a mask to hold out to the latter's scores.
        checkpoints: each fold is kept there.
        name: shown beside the progress bar.
        folds: how many parts.

    Returns:
        float32 (products, 27).
    """

    def answer(_fold: int, hold: np.ndarray) -> dict[str, np.ndarray]:
        return {"scores": scores(~hold, hold)}

    result = np.empty((len(products), len(CODES)), np.float32)
    for hold, held in each_fold(products, answer, checkpoints, name, folds):
        result[hold] = held["scores"]
    return result
