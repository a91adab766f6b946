"""The main job: a product's title, description and photo in, its product type out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from threadpoolctl import ThreadpoolController

from rakuten_core.assets import Assets
from rakuten_core.data.photos import Photos, photo_name
from rakuten_core.errors import CatalogError, ImageError, ModelError
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.inference.explanations import (
    Explanation,
    Moves,
    activation_map,
    explain_text,
    overlay,
)
from rakuten_core.inference.models.image_network import NETWORK_FILE, LinearHead
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.inference.models.stacking import Stacked
from rakuten_core.inference.models.text_stacked import TextStacked
from rakuten_core.registry import BEST
from rakuten_core.taxonomy import CODES, PRODUCT_TYPES, ProductType

if TYPE_CHECKING:
    import pandas as pd
    from PIL import Image

    Picture = bytes | Path | str | Image.Image

Used = Literal["text", "image", "both"]

_CHUNK = 256
_LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class RankedType:
    """A product type and its probability, from 0 to 1."""

    product_type: ProductType
    probability: float


@dataclass(frozen=True)
class Classification:
    """The answer for one product.

    Attributes:
        ranking: the most likely product types, best first.
        used: which inputs the answer rests on.
        text: what the text alone would say, best first; None without text.
        image: what the photo alone would say, best first; None without photo.
        seconds: time taken by `text`, `image` (decoding and network), `fusion` and in `total`; text
            and image are worked on at the same time.
    """

    ranking: tuple[RankedType, ...]
    used: Used
    text: tuple[RankedType, ...] | None
    image: tuple[RankedType, ...] | None
    seconds: Mapping[str, float]

    @property
    def best(self) -> RankedType:
        """The most likely product type."""
        return self.ranking[0]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as values that JSON can hold."""

        def ranked(ranking: tuple[RankedType, ...] | None) -> list[dict[str, Any]] | None:
            if ranking is None:
                return None
            return [
                {
                    "prdtypecode": each.product_type.code,
                    "label": each.product_type.french,
                    "label_en": each.product_type.english,
                    "domain": each.product_type.domain.french,
                    "probability": round(each.probability, 6),
                }
                for each in ranking
            ]

        return {
            "ranking": ranked(self.ranking),
            "used": self.used,
            "text": ranked(self.text),
            "image": ranked(self.image),
            "seconds": {name: round(value, 6) for name, value in self.seconds.items()},
        }


@dataclass(frozen=True)
class RowResult:
    """The answer for one row of a table.

    Attributes:
        classification: the answer, or None when the row holds nothing to go by.
        error: what was wrong with the row, even where it could be answered without; None if
            nothing was.
    """

    classification: Classification | None
    error: str | None


class Classifier:
    """The shipped models, loaded once; safe to share between threads and never changed.

    Use `Classifier.load`.
    """

    def __init__(
        self,
        text: TextStacked,
        image: LinearHead,
        network: LiteNetwork,
        fusion: Stacked,
        preprocessing: str,
        crop: float,
        names: Mapping[str, str],
    ) -> None:
        self._text = text
        self._image = image
        self._network = network
        self._fusion = fusion
        self._preprocess = PREPROCESSING[preprocessing]
        self._crop = crop
        self._names = names
        self._beside = ThreadPoolExecutor(network.copies, "text")
        # The text is read beside the photo: NumPy's waiting threads would take the photo's core.
        self._one_thread = ThreadpoolController().select(user_api="blas")

    @classmethod
    def load(cls, path: Path | str | None = None) -> Classifier:
        """Load the models of an assets folder, the project's own by default.

        Raises:
            AssetError: a model has not been trained, or a file is missing or damaged.
        """
        assets = Assets(path)
        fusion = assets.model(BEST["fusion"])
        text_name = fusion.manifest["first_model"]
        image = assets.model(fusion.manifest["second_model"])
        for model in (image, fusion):
            model.verify()
        parameters = image.manifest["parameters"]
        return cls(
            text=TextStacked.load(assets, text_name),
            image=LinearHead.load(image.folder),
            network=LiteNetwork(image.folder / NETWORK_FILE),
            fusion=Stacked.load(fusion.folder),
            preprocessing=parameters["preprocessing"],
            crop=parameters["crop"],
            names={"text": assets.model(text_name).manifest["first_model"], "image": image.name},
        )

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
            ModelError: neither a text nor a photo was given.
            ImageError: the photo cannot be used.
        """
        return self._read(designation, description, image).classification(top)

    def explain(
        self,
        designation: str | None = None,
        description: str | None = None,
        image: Picture | None = None,
    ) -> Explanation:
        """Return why `classify` answers as it does.

        Raises:
            ModelError: neither a text nor a photo was given.
            ImageError: the photo cannot be used.
        """
        return self.classify_and_explain(designation, description, image)[1]

    def classify_and_explain(
        self,
        designation: str | None = None,
        description: str | None = None,
        image: Picture | None = None,
        top: int = 5,
    ) -> tuple[Classification, Explanation]:
        """Return what `classify` and `explain` do, in one go.

        Raises:
            ModelError: neither a text nor a photo was given.
            ImageError: the photo cannot be used.
        """
        read = self._read(designation, description, image)
        best, runner_up = (int(place) for place in np.argsort(-read.fused, kind="stable")[:2])
        text = photo = activations = moves = None
        if read.text is not None:
            text = explain_text(self._text.linear, read.designation, read.description)
        if read.image is not None:
            activations = activation_map(self._image, read.features, best)
            photo = overlay(read.square, activations)
        if read.text is not None and read.image is not None:
            moves = Moves(*self._fusion.moves(read.text, read.image, best, runner_up))
        explanation = Explanation(
            best=best,
            runner_up=runner_up,
            text=text,
            activations=activations,
            photo=photo,
            moves=moves,
            text_model=self._names["text"],
            image_model=self._names["image"],
        )
        return read.classification(top), explanation

    def _read(
        self, designation: str | None, description: str | None, image: Picture | None
    ) -> _Reading:
        """Return what the models make of one product.

        Raises:
            ModelError: neither a text nor a photo was given.
            ImageError: the photo cannot be used.
        """
        start = time.perf_counter()
        designation, description = _cut(designation or ""), _cut(description or "")
        text = square = features = from_image = None
        seconds = {"text": 0.0, "image": 0.0}

        def read_text() -> np.ndarray:
            begun = time.perf_counter()
            with self._one_thread.limit(limits=1):
                answer = self._text.predict_proba([designation], [description])
            seconds["text"] = time.perf_counter() - begun
            return answer

        has_text = _has_text(designation, description)
        if image is None:
            text = read_text() if has_text else None
        else:
            # The text on one core, the photo on another.
            beside = self._beside.submit(read_text) if has_text else None
            try:
                square = self._square(image)
                features, from_image = self._classify_square(square)
                seconds["image"] = time.perf_counter() - start
            finally:
                text = beside.result() if beside else None
        if text is None and from_image is None:
            raise ModelError("Nothing to classify. Give a title, a description or a photo.")
        before_fusion = time.perf_counter()
        fused = self._fusion.predict_proba(text, from_image)
        end = time.perf_counter()
        return _Reading(
            designation=designation,
            description=description,
            square=square,
            features=features,
            text=None if text is None else text[0],
            image=None if from_image is None else from_image[0],
            fused=fused[0],
            seconds=seconds | {"fusion": end - before_fusion, "total": end - start},
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

        Yields:
            A result per row; what is wrong with one row never stops the others.
        """
        records = table.to_dict("records") if hasattr(table, "to_dict") else table
        photos = Photos(Path(images)) if isinstance(images, (str, Path)) else None
        if photos is not None or images is None:
            rows = ((record, photos) for record in records)
        else:
            rows = zip(records, images, strict=True)
        with ThreadPoolExecutor(self._network.copies) as pool:
            while chunk := list(islice(rows, _CHUNK)):
                yield from self._classify_chunk(chunk, pool, top)

    def _classify_chunk(
        self, chunk: Sequence[tuple[Mapping[str, Any], Any]], pool: ThreadPoolExecutor, top: int
    ) -> Iterator[RowResult]:
        start = time.perf_counter()
        from_photos = pool.map(self._answer_photo, chunk)
        titles = [_text_of(row, "designation") for row, _ in chunk]
        descriptions = [_text_of(row, "description") for row, _ in chunk]
        has_text = np.array([_has_text(*pair) for pair in zip(titles, descriptions, strict=True)])
        text = np.full((len(chunk), len(CODES)), np.nan)
        if has_text.any():
            text[has_text] = self._text.predict_proba(titles, descriptions)[has_text]
        image = np.full_like(text, np.nan)
        errors: list[str | None] = []
        for position, (answer, error) in enumerate(from_photos):
            errors.append(error)
            if answer is not None:
                image[position] = answer
        has_image = ~np.isnan(image).any(axis=1)
        answered = has_text | has_image
        fused = np.full_like(text, np.nan)
        if answered.any():
            fused[answered] = self._fusion.predict_proba(text[answered], image[answered])
        seconds = {"total": (time.perf_counter() - start) / len(chunk)}
        for position, error in enumerate(errors):
            if not answered[position]:
                yield RowResult(None, error or "no title, description or photo")
                continue
            yield RowResult(
                _classification(
                    fused[position],
                    text[position] if has_text[position] else None,
                    image[position] if has_image[position] else None,
                    top,
                    seconds,
                ),
                error,
            )

    def _answer_photo(
        self, pair: tuple[Mapping[str, Any], Any]
    ) -> tuple[np.ndarray | None, str | None]:
        """Return what a row's photo says, if it has one, (27,), and what was wrong with it."""
        row, picture = pair
        try:
            if isinstance(picture, Photos):
                picture = _read_photo(picture, row)
            if picture is None:
                return None, None
            return self._classify_square(self._square(picture))[1][0], None
        except (ImageError, CatalogError) as error:
            return None, str(error)

    def _square(self, picture: Picture) -> np.ndarray:
        return to_square(decode_image(picture), self._network.image_size, self._crop)

    def _classify_square(self, square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the last feature map of a uint8 square, and the probabilities, (1, 27)."""
        features = self._network.run(self._preprocess(square.astype(np.float32)))
        return features, self._image.predict_proba(features.mean(axis=(0, 1))[np.newaxis])


@dataclass(frozen=True)
class _Reading:
    """What the models made of one product; what was not given is None."""

    designation: str
    description: str
    square: np.ndarray | None
    features: np.ndarray | None
    text: np.ndarray | None
    image: np.ndarray | None
    fused: np.ndarray
    seconds: Mapping[str, float]

    def classification(self, top: int) -> Classification:
        return _classification(self.fused, self.text, self.image, top, self.seconds)


def _read_photo(photos: Photos, row: Mapping[str, Any]) -> bytes | None:
    """Return a row's photo, or None when the row has none.

    Raises:
        CatalogError: the ids are not numbers, or the photo cannot be read.
    """
    try:
        name = photo_name(row["imageid"], row["productid"])
    except (KeyError, TypeError, ValueError):
        raise CatalogError("productid and imageid must be whole numbers to find a photo") from None
    return photos.read(name) if name in photos.names else None


def _text_of(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    # A missing value of pandas is a float.
    return _cut(value) if isinstance(value, str) else ""


def _cut(text: str) -> str:
    """Return at most the first 20,000 characters: the catalogue's longest text has fewer."""
    return text[:_LONGEST_TEXT]


def _has_text(designation: str, description: str) -> bool:
    return any(letter.isalnum() for letter in designation) or any(
        letter.isalnum() for letter in description
    )


def _ranking(probabilities: np.ndarray, top: int) -> tuple[RankedType, ...]:
    best = np.argsort(-probabilities, kind="stable")[:top]
    return tuple(
        RankedType(PRODUCT_TYPES[position], float(probabilities[position])) for position in best
    )


def _classification(
    fused: np.ndarray,
    text: np.ndarray | None,
    image: np.ndarray | None,
    top: int,
    seconds: Mapping[str, float],
) -> Classification:
    used: Used = "both" if text is not None and image is not None else "text"
    if text is None:
        used = "image"
    return Classification(
        ranking=_ranking(fused, top),
        used=used,
        text=None if text is None else _ranking(text, top),
        image=None if image is None else _ranking(image, top),
        seconds=seconds,
    )
