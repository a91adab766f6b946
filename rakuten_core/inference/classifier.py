"""The main job: a product's title, description and photo in, its product type out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rakuten_core.assets import Assets
from rakuten_core.data.photos import Photos
from rakuten_core.data.products import Picture, Products
from rakuten_core.errors import ModelError, RakutenError
from rakuten_core.inference.answers import Classification, RowResult, classification
from rakuten_core.inference.explanations import (
    Contributions,
    Explanation,
    activation_map,
    explain_text,
    overlay,
)
from rakuten_core.inference.inputs import checked_top, row_photo, row_texts, text_of
from rakuten_core.inference.models.image_network import ImageNetwork, Look
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.inference.models.model import load_model, with_those_below
from rakuten_core.inference.models.stacking import Stacked, StackOfTwo
from rakuten_core.inference.threads import one_blas_thread
from rakuten_core.registry import ANSWERING
from rakuten_core.taxonomy import CODES
from rakuten_core.text.markup import has_text

if TYPE_CHECKING:
    import pandas as pd

_CHUNK = 256


class Classifier:
    """The shipped models, loaded once; safe to share between threads and never changed.

    Args:
        fusion: stands on a text model and an image network; see `Classifier.load`.
    """

    def __init__(self, fusion: StackOfTwo) -> None:
        self._fusion = fusion
        self._text, self._image = fusion.below
        self._linear = next(
            (each for each in with_those_below(self._text) if isinstance(each, TextLinear)), None
        )
        self._beside = ThreadPoolExecutor(self._image.network.copies, "text")

    @classmethod
    def load(cls, path: Path | str | None = None, name: str = ANSWERING) -> Classifier:
        """Load a fusion model of an assets folder, by default the project's own best one.

        Raises:
            AssetError: a model has not been trained, or a file is missing or damaged.
            ModelError: the model does not stand on a text model and an image network.
        """
        fusion = load_model(Assets(path), name)
        if not (isinstance(fusion, StackOfTwo) and isinstance(fusion.below[1], ImageNetwork)):
            raise ModelError(f"{name} does not stand on a text model and an image network.")
        return cls(fusion)

    def classify(
        self,
        designation: str | None = None,
        description: str | None = None,
        image: Picture | None = None,
        top: int = 5,
    ) -> Classification:
        """Classify one product from what is given of it.

        Args:
            designation: the title, as a seller writes it; HTML is fine.
            description: the description, likewise.
            image: the photo: encoded bytes, a path or a PIL image.
            top: how many product types to rank.

        Raises:
            ModelError: neither a text nor a photo was given, or `top` is not from 1 to 27.
            TextError: the title or the description is not text.
            ImageError: the photo cannot be used.
        """
        top = checked_top(top)
        with one_blas_thread():
            return self._read(designation, description, image).classification(top)

    def explain(
        self,
        designation: str | None = None,
        description: str | None = None,
        image: Picture | None = None,
    ) -> Explanation:
        """Return why `classify` answers as it does; it raises what `classify` raises."""
        return self.classify_and_explain(designation, description, image)[1]

    def classify_and_explain(
        self,
        designation: str | None = None,
        description: str | None = None,
        image: Picture | None = None,
        top: int = 5,
    ) -> tuple[Classification, Explanation]:
        """Return what `classify` and `explain` do, in one go; it raises what `classify` raises."""
        top = checked_top(top)
        with one_blas_thread():
            read = self._read(designation, description, image)
            return read.classification(top), self._explanation(read)

    def _explanation(self, read: _Reading) -> Explanation:
        best, runner_up = (int(index) for index in np.argsort(-read.fused, kind="stable")[:2])
        text = photo = activations = contributions = None
        if read.text is not None and self._linear is not None:
            text = explain_text(self._linear, read.designation, read.description)
        if read.look is not None:
            activations = activation_map(self._image.head, read.look.features, best)
            photo = overlay(read.look.square, activations)
        if read.text is not None and read.look is not None and isinstance(self._fusion, Stacked):
            contributions = Contributions(
                *self._fusion.contributions(read.text, read.look.probabilities, best, runner_up)
            )
        return Explanation(
            best=best,
            runner_up=runner_up,
            text=text,
            activations=activations,
            photo=photo,
            contributions=contributions,
            text_model=self._linear.name if self._linear else None,
            image_model=self._image.name,
        )

    def _read(
        self, designation: str | None, description: str | None, image: Picture | None
    ) -> _Reading:
        """Return what the models make of one product; it raises what `classify` raises."""
        start = time.perf_counter()
        designation = text_of(designation, "title")
        description = text_of(description, "description")
        text = look = None
        seconds = {"text": 0.0, "image": 0.0}

        def read_text() -> np.ndarray:
            begun = time.perf_counter()
            answer = self._text.predict_proba(Products.of_texts([designation], [description]))
            seconds["text"] = time.perf_counter() - begun
            return answer[0]

        readable = has_text(designation, description)
        if image is None:
            text = read_text() if readable else None
        else:
            # The text on one core, the photo on another.
            beside = self._beside.submit(read_text) if readable else None
            try:
                look = self._image.look(image)
                seconds["image"] = time.perf_counter() - start
            finally:
                text = beside.result() if beside else None
        if text is None and look is None:
            raise ModelError("Nothing to classify. Give a title, a description or a photo.")
        before_fusion = time.perf_counter()
        fused = self._fusion.combine(
            None if text is None else text[np.newaxis],
            None if look is None else look.probabilities[np.newaxis],
        )[0]
        end = time.perf_counter()
        return _Reading(
            designation,
            description,
            text,
            look,
            fused,
            seconds | {"fusion": end - before_fusion, "total": end - start},
        )

    def classify_many(
        self,
        table: pd.DataFrame | Iterable[Mapping[str, Any]],
        images: Path | str | Sequence[Picture | None] | None = None,
        top: int = 5,
    ) -> Iterator[RowResult]:
        """Classify products as they come, one result per row in the same order.

        Args:
            table: rows with `designation` and, where known, `description`, `productid`, `imageid`.
            images: a folder with the challenge's file names, or one picture (or None) per row.
            top: how many product types to rank.

        Raises:
            ValueError: there are more or fewer pictures than rows.
            ModelError: `top` is not from 1 to 27.

        Yields:
            A result per row; what is wrong with one row never stops the others.
        """
        top = checked_top(top)
        if table is None:
            raise ModelError("Nothing to classify. Give a table of rows.")
        records = table.to_dict("records") if hasattr(table, "to_dict") else table
        rows: Iterator[tuple[Any, Any]]
        if images is None or isinstance(images, (str, Path)):
            photos = Photos(Path(images)) if images is not None else None
            rows = ((record, photos) for record in records)
        else:
            rows = zip(records, images, strict=True)
        with ThreadPoolExecutor(self._image.network.copies) as pool:
            while chunk := list(islice(rows, _CHUNK)):
                with one_blas_thread():
                    results = list(self._classify_chunk(chunk, pool, top))
                yield from results

    def _classify_chunk(
        self, chunk: Sequence[tuple[Any, Any]], pool: ThreadPoolExecutor, top: int
    ) -> Iterator[RowResult]:
        start = time.perf_counter()
        from_photos = pool.map(self._answer_photo, chunk)
        titles, descriptions, problems = zip(*(row_texts(row) for row, _ in chunk), strict=True)
        products = Products.of_texts(titles, descriptions)
        readable = np.flatnonzero(products.has_text)
        text = np.full((len(chunk), len(CODES)), np.nan)
        if len(readable):
            text[readable] = self._text.predict_proba(Products.of_texts(*products.texts(readable)))
        image = np.full_like(text, np.nan)
        errors: list[str | None] = []
        for row, (answer, error) in enumerate(from_photos):
            errors.append(" ".join(filter(None, (problems[row], error))) or None)
            if answer is not None:
                image[row] = answer
        has_image = np.all(np.isfinite(image), axis=1)
        answered = np.logical_or(products.has_text, has_image)
        fused = np.full_like(text, np.nan)
        if answered.any():
            fused[answered] = self._fusion.combine(text[answered], image[answered])
        seconds = {"total": (time.perf_counter() - start) / len(chunk)}
        for row, error in enumerate(errors):
            if not answered[row]:
                yield RowResult(None, error or "no title, description or photo")
                continue
            given_text = text[row] if products.has_text[row] else None
            given_image = image[row] if has_image[row] else None
            yield RowResult(
                classification(fused[row], given_text, given_image, top, seconds), error
            )

    def _answer_photo(self, pair: tuple[Any, Any]) -> tuple[np.ndarray | None, str | None]:
        """Return what a row's photo says, if it has one, (27,), and what was wrong with it."""
        row, picture = pair
        try:
            if isinstance(picture, Photos):
                picture = row_photo(picture, row)
            return (
                (None, None) if picture is None else (self._image.look(picture).probabilities, None)
            )
        except RakutenError as error:
            return None, str(error)


@dataclass(frozen=True)
class _Reading:
    """What the models made of one product; what was not given is None."""

    designation: str
    description: str
    text: np.ndarray | None
    look: Look | None
    fused: np.ndarray
    seconds: Mapping[str, float]

    def classification(self, top: int) -> Classification:
        image = None if self.look is None else self.look.probabilities
        return classification(self.fused, self.text, image, top, self.seconds)
