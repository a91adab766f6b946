"""Cheap models first: a product goes on to dearer ones only while its answer is not sure enough."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rakuten_core import registry
from rakuten_core.data.products import Products
from rakuten_core.errors import ModelError
from rakuten_core.files import read_arrays, write_arrays
from rakuten_core.inference.models.model import Asked, LoadedModel, Model
from rakuten_core.inference.models.stacking import StackOfTwo
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES

FILE_NAME = "cascade.npz"
GIVEN = ("text", "image", "both")
"""What a product may consist of, in the order of the rows of the limits."""


class Cascade(LoadedModel):
    """Stages of models, from the cheapest to the best (Viola and Jones 2001; for networks: Wang et
    al., IDK Cascades, 2018).

    A product is answered by the first stage whose highest calibrated probability reaches a limit;
    the last stage answers whatever comes to it. The stages share models, and none is asked twice
    about a product. One product gets the same answer whatever others are asked about beside it.

    Args:
        limits: (3, stages - 1), for products of each kind of `GIVEN`; above 1 to pass over a stage.
    """

    def __init__(self, limits: np.ndarray) -> None:
        self.limits_ = np.asarray(limits, np.float64)

    @property
    def fusion(self) -> StackOfTwo:
        """The last stage, which stands on a text model and an image network."""
        return self.below[-1]

    def answers(self, asked: Asked, rows: np.ndarray) -> np.ndarray:
        """Return the answers to some of the products, (rows, 27)."""
        return self.ask(asked, rows)[0]

    def ask(self, asked: Asked, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return answers, (rows, 27), and the number of the stage that gave each, (rows,)."""
        result, stages, _left = self._through(asked, rows, len(self.below))
        return result, stages

    def needs_photo(self, asked: Asked, rows: np.ndarray) -> np.ndarray:
        """Return which products with a photo no stage that reads texts alone is sure of.

        The photos themselves are not touched. What the stages answered stays in `asked`.

        Returns:
            bool (rows,).
        """
        modalities = [registry.entry(stage.name).modality for stage in self.below]
        first = next((place for place, reads in enumerate(modalities) if reads != "text"), None)
        if first is None:
            return np.zeros(len(rows), bool)
        left = self._through(asked, rows, first)[2]
        return np.isin(np.arange(len(rows)), left) & asked.products.has_photo[rows]

    def _through(
        self, asked: Asked, rows: np.ndarray, most: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return answers, stages and the places of products that the first stages were not sure of.

        Args:
            asked: the products.
            rows: of those that are asked about.
            most: how many stages are asked.
        """
        result = np.full((len(rows), len(CODES)), np.nan)
        stages = np.zeros(len(rows), np.int64)
        given = given_of(asked.products)[rows]
        left = np.arange(len(rows))
        for stage, model in enumerate(self.below[:most]):
            if stage < len(self.limits_[0]):
                here = left[self.limits_[given[left], stage] <= 1]
            else:
                here = left
            answers = asked.probabilities(model, rows[here])
            if stage < len(self.limits_[0]):
                sure = leaves(answers, self.limits_[given[here], stage])
                here, answers = here[sure], answers[sure]
            result[here], stages[here] = answers, stage
            left = np.setdiff1d(left, here, assume_unique=True)
        return result, stages, left

    def read(self, asked: Asked, row: int) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return what the best text and the best photo model that was asked say of a product."""
        text = image = None
        for stage in self.below:
            reads = registry.entry(stage.name).modality
            of_text = stage if reads == "text" else stage.below[0] if reads == "fusion" else None
            of_photo = stage if reads == "image" else stage.below[1] if reads == "fusion" else None
            if of_text is not None and (found := asked.known(of_text, row)) is not None:
                text = found
            if of_photo is not None and (found := asked.known(of_photo, row)) is not None:
                image = found
        return text, image

    def ran(self, stage: int, asked: Asked, row: int) -> tuple[str, ...]:
        """Return the names of the stages that were asked about a product and could answer."""
        return tuple(
            model.name for model in self.below[: stage + 1] if asked.known(model, row) is not None
        )

    def save(self, folder: Path) -> None:
        """Write the limits into a folder; the models below are written by their own training."""
        write_arrays(folder / FILE_NAME, {"limits": self.limits_})

    @classmethod
    def load(cls, folder: Path, *below: Model) -> Cascade:
        """Read a cascade that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
            ModelError: the last model is not a stack of a text model and another.
        """
        if not below or not isinstance(below[-1], StackOfTwo):
            raise ModelError(_("The last stage of a cascade stands on a text and an image model."))
        model = cls(read_arrays(folder / FILE_NAME)["limits"])
        model.below = below
        return model


def single_stage(fusion: StackOfTwo) -> Cascade:
    """Return a cascade of one stage, which answers everything."""
    cascade = Cascade(np.empty((len(GIVEN), 0)))
    cascade.below, cascade.name = (fusion,), fusion.name
    return cascade


def given_of(products: Products) -> np.ndarray:
    """Return what each product consists of, as an index of `GIVEN`; no matter which for none."""
    text, photo = products.has_text, products.has_photo
    return np.where(text & photo, GIVEN.index("both"), np.where(photo, GIVEN.index("image"), 0))


def leaves(answers: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Return whether each product leaves a stage, bool (products,).

    Args:
        answers: (products, 27); a product with a row of NaN never leaves.
        limits: (products,) the probability that suffices.
    """
    return np.nan_to_num(answers, nan=-1.0).max(axis=1) >= limits
