"""What a text model learns from: train, validation, and texts that only teach."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.data.products import Products
from rakuten_core.data.teaching import Teaching, texts_of
from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.taxonomy import CODES
from rakuten_core.training.context import Context
from rakuten_core.training.folds import training_products, validation_products


class TextMaterial:
    """The texts of one training.

    Args:
        context: data and folders.
        teaching: products that only teach, if there are any.
    """

    def __init__(self, context: Context, teaching: Teaching | None) -> None:
        self._context = context
        self.teaching = teaching

    @cached_property
    def train(self) -> pd.DataFrame:
        """The products of train with a text."""
        return training_products(self._context.readable("text"), "text")

    @cached_property
    def validation(self) -> pd.DataFrame:
        """The products of validation with a text."""
        return validation_products(self._context.readable("text"), "text")

    @cached_property
    def labelled(self) -> pd.DataFrame:
        """The products that only teach and have a label."""
        return self.teaching.labelled() if self.teaching else pd.DataFrame()

    @cached_property
    def unlabelled(self) -> Products:
        """The products that only teach and have no label."""
        table = self.teaching.unlabelled() if self.teaching else pd.DataFrame()
        return Products.of_texts([]) if table.empty else texts_of(table)

    @cached_property
    def everything(self) -> Products:
        """All texts but those of test."""
        return together([self.of(self.train), self.others, *self._labelled_texts()])

    @cached_property
    def others(self) -> Products:
        """What no teacher learns from: validation, then the texts without a label."""
        return together([self.of(self.validation), self.unlabelled])

    def of(self, table: pd.DataFrame) -> Products:
        """Return the texts of rows of train or validation."""
        return self._context.answerable(table)

    def with_labelled(self, table: pd.DataFrame, shares: np.ndarray) -> tuple[Products, np.ndarray]:
        """Return texts and the shares of their types, with those that only teach after them.

        Args:
            table: rows of train or validation.
            shares: of their types, float32 (rows, 27).
        """
        more = [] if self.labelled.empty else [one_hot(self.labelled)]
        return together([self.of(table), *self._labelled_texts()]), np.concatenate([shares, *more])

    def taught(self, shares: np.ndarray) -> dict[str, Any]:
        """Return how many products only teach, and how sure and how balanced their labels are.

        Args:
            shares: of the types of the products without a label, (products, 27).
        """
        if self.teaching is None:
            return {}
        facts: dict[str, Any] = {"labelled": len(self.labelled), "unlabelled": len(shares)}
        if len(shares):
            facts |= {
                "mean_confidence": float(shares.max(axis=1).mean()),
                "share_of_types": dict(
                    zip(map(str, CODES), shares.mean(axis=0).round(4).tolist(), strict=True)
                ),
            }
        return {"teaching": facts}

    def _labelled_texts(self) -> list[Products]:
        return [] if self.labelled.empty else [texts_of(self.labelled)]


def together(parts: Sequence[Products]) -> Products:
    """Return the texts of all parts, one after the other."""
    return Products.of_texts(
        [title for each in parts for title in each.titles],
        [description for each in parts for description in each.descriptions],
    )


def one_hot(table: pd.DataFrame) -> np.ndarray:
    """Return one for each product's type and zero for the others, float32 (products, 27)."""
    return np.eye(len(CODES), dtype=np.float32)[class_indices(table["prdtypecode"])]
