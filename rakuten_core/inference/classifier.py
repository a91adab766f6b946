"""The main job: a product's title, description and photo in, its product type out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rakuten_core import registry
from rakuten_core.assets import Assets
from rakuten_core.batches import in_batches
from rakuten_core.data.cell_values import text_of
from rakuten_core.data.photo_sources import PhotoReference, PhotoSource
from rakuten_core.data.products import Picture, Products
from rakuten_core.errors import ModelError
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference.answers import Classification, RowResult, classification
from rakuten_core.inference.explanations import (
    Contributions,
    Explanation,
    activation_map,
    explain_text,
    overlay,
)
from rakuten_core.inference.influence import Influences, influences
from rakuten_core.inference.inputs import (
    checked_photo,
    checked_top,
    photo_note,
    read_photo,
    row_texts,
)
from rakuten_core.inference.models.bayes import TextBayes
from rakuten_core.inference.models.cascade import Cascade, single_stage
from rakuten_core.inference.models.image_network import ImageNetwork
from rakuten_core.inference.models.kernel import KernelNetwork
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.inference.models.model import (
    Asked,
    best_answering,
    load_model,
    models_key,
    with_those_below,
)
from rakuten_core.inference.models.stacking import Stacked, StackOfTwo
from rakuten_core.inference.models.transformer import TextTransformer
from rakuten_core.inference.threads import one_blas_thread
from rakuten_core.language import _, language, set_language
from rakuten_core.registry import ANSWERING
from rakuten_core.taxonomy import CODES

if TYPE_CHECKING:
    import pandas as pd

_CHUNK = 256
# Photos are looked at before they are asked about, on this many threads.
_THREADS = 4


class Classifier:
    """The shipped models, loaded once; safe to share between threads and never changed.

    Args:
        cascade: whose last stage stands on a text model and image networks.
        fingerprint: changes when any of the models does.

    Attributes:
        name: of the model.
        is_substitute: whether it answers since the model that should has not been trained.

    Raises:
        ModelError: it does not.
    """

    def __init__(self, cascade: Cascade, fingerprint: str = "") -> None:
        if registry.entry(cascade.fusion.name).modality != "fusion":
            raise _of_another_kind(cascade.name)
        self._cascade = cascade
        self.name = cascade.name
        self.is_substitute = False
        self.fingerprint = fingerprint
        text, image = cascade.fusion.below
        self._linear = _last(text, TextLinear)
        # A kernel's scores cannot be read off the feature map place by place.
        looking = _last(image, ImageNetwork, but=KernelNetwork)
        if looking is None:
            raise _of_another_kind(cascade.name)
        self._looking = looking
        self._encoder = _last(text, TextTransformer)
        self._naive_bayes = _last(text, TextBayes)
        self._tower = _last(image, KernelNetwork)

    @classmethod
    def load(cls, path: Path | str | None = None, name: str | None = None) -> Classifier:
        """Load a cascade or a fusion model of an assets folder.

        Args:
            path: of the folder, the project's own by default.
            name: of the model; by default `registry.ANSWERING`, or where that has not been trained
                the best one that has.

        Raises:
            AssetError: a model has not been trained, a file is missing or damaged, or a model was
                made for other product types.
            ModelError: the model does not stand on a text model and an image network.
        """
        assets = Assets(path)
        chosen = name or best_answering(assets)
        model = load_model(assets, chosen)
        if isinstance(model, StackOfTwo):
            model = single_stage(model)
        if not isinstance(model, Cascade):
            raise _of_another_kind(chosen)
        classifier = cls(model, models_key(assets, chosen))
        classifier.is_substitute = name is None and chosen != ANSWERING
        return classifier

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the models that answer one after the other."""
        return tuple(stage.name for stage in self._cascade.below)

    @property
    def looking(self) -> ImageNetwork:
        """The image network whose activation map explains a photo."""
        return self._looking

    @property
    def encoder(self) -> TextTransformer | None:
        """The language model, if one is among those that answer."""
        return self._encoder

    @property
    def tower(self) -> KernelNetwork | None:
        """The image tower with a kernel, likewise."""
        return self._tower

    @property
    def naive_bayes(self) -> TextBayes | None:
        """The model that counts words by type, likewise."""
        return self._naive_bayes

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

    def influences(
        self,
        designation: str | None = None,
        description: str | None = None,
        image: Picture | None = None,
    ) -> Influences:
        """Return what each word does to the answer of `classify`; it raises what that raises.

        The product is asked about again without each word, at the stage that answered it.
        """
        with one_blas_thread():
            read = self._read(designation, description, image)
            model = next(stage for stage in self._cascade.below if stage.name == read.stages[-1])
            known = []
            if model is self._cascade.fusion and read.image is not None:
                known.append((model.below[1], read.image))
            return influences(model, read.asked.products, read.fused, known)

    def _explanation(self, read: _Reading) -> Explanation:
        best, runner_up = (int(index) for index in np.argsort(-read.fused, kind="stable")[:2])
        text = photo = activations = contributions = None
        products = read.asked.products
        if products.has_text[0] and self._linear is not None:
            text = explain_text(self._linear, products.titles[0], products.descriptions[0])
        if products.has_photo[0]:
            # Shown even where the text was sure enough: what the photo would have said.
            look = read.asked.looks.get(id(self._looking))
            look = look or self._looking.look(products.photos[0])
            activations = activation_map(self._looking.head, look.features, best)
            photo = overlay(look.square, activations)
        fusion = self._cascade.fusion
        if (
            isinstance(fusion, Stacked)
            and read.stages[-1] == fusion.name
            and read.text is not None
            and read.image is not None
        ):
            added = fusion.contributions(read.text, read.image, best, runner_up)
            contributions = Contributions(*added)
        return Explanation(
            best=best,
            runner_up=runner_up,
            text=text,
            activations=activations,
            photo=photo,
            contributions=contributions,
            text_model=self._linear.name if self._linear else None,
            image_model=self._looking.name,
        )

    def _read(
        self, designation: str | None, description: str | None, image: Picture | None
    ) -> _Reading:
        """Return what the models make of one product; it raises what `classify` raises."""
        start = time.perf_counter()
        # A photo that cannot be used is an error, whether it will be needed or not.
        photo = None if image is None else decode_image(image)
        products = Products(
            [text_of(designation, "title")], [text_of(description, "description")], [photo]
        )
        if not (products.has_text[0] or products.has_photo[0]):
            raise ModelError(_("Nothing to classify. Give a title, a description or a photo."))
        asked = Asked(products)
        fused, stages = self._cascade.ask(asked, np.array([0]))
        text, image_says = self._cascade.read(asked, 0)
        return _Reading(
            asked,
            fused[0],
            text,
            image_says,
            self._cascade.ran(stages[0], asked, 0),
            time.perf_counter() - start,
            None if photo is None else photo_note(photo),
        )

    def classify_many(
        self,
        table: pd.DataFrame | Iterable[Mapping[str, Any]],
        images: Path | str | Sequence[Picture | PhotoReference | None] | None = None,
        top: int = 5,
    ) -> Iterator[RowResult]:
        """Classify products as they come, one result per row in the same order.

        A photo that is only referred to is read where the text is not sure enough.

        Args:
            table: rows with `designation` and, where known, `description`, `productid`, `imageid`.
            images: a folder or ZIP file with the challenge's file names, or one picture, reference
                to one, or None per row.
            top: how many product types to rank.

        Raises:
            ValueError: there are more or fewer pictures than rows.
            CatalogError: there is no such folder or ZIP file.
            ModelError: `top` is not from 1 to 27.

        Yields:
            A result per row; what is wrong with one row never stops the others.
        """
        top = checked_top(top)
        if table is None:
            raise ModelError(_("Nothing to classify. Give a table of rows."))
        records = table.to_dict("records") if hasattr(table, "to_dict") else table
        rows: Iterator[tuple[Any, Any]]
        if images is None or isinstance(images, (str, Path)):
            source = None if images is None else PhotoSource(Path(images), trusted=True)
            rows = zip(records, repeat(source), strict=False)
        else:
            rows = zip(records, images, strict=True)
        # What is wrong with a photo is said in a thread, in the language of whoever asks.
        with ThreadPoolExecutor(_THREADS, initializer=set_language, initargs=(language(),)) as pool:
            for chunk in in_batches(rows, _CHUNK):
                with one_blas_thread():
                    results = list(self._classify_chunk(chunk, pool, top))
                yield from results

    def _classify_chunk(
        self, chunk: Sequence[tuple[Any, Any]], pool: ThreadPoolExecutor, top: int
    ) -> Iterator[RowResult]:
        start = time.perf_counter()
        photos, photo_problems = map(list, zip(*pool.map(checked_photo, chunk), strict=True))
        titles, descriptions, problems = zip(*(row_texts(row) for row, _ in chunk), strict=True)
        asked = Asked(Products(titles, descriptions, photos))
        rows = np.flatnonzero(asked.products.has_text)
        needed = np.array([isinstance(photo, PhotoReference) for photo in photos])
        needed[rows] &= self._cascade.needs_photo(asked, rows)
        places = np.flatnonzero(needed)
        for place, (photo, problem) in zip(
            places, pool.map(read_photo, (photos[place] for place in places)), strict=True
        ):
            photos[place], photo_problems[place] = photo, problem
        products = asked.products = Products(titles, descriptions, photos)
        answered = products.has_text | products.has_photo
        rows = np.flatnonzero(answered)
        fused = np.full((len(chunk), len(CODES)), np.nan)
        stages = np.zeros(len(chunk), np.int64)
        if len(rows):
            fused[rows], stages[rows] = self._cascade.ask(asked, rows)
        seconds = (time.perf_counter() - start) / len(chunk)
        for row in range(len(chunk)):
            error = " ".join(filter(None, (problems[row], photo_problems[row]))) or None
            if not answered[row]:
                yield RowResult(None, error or _("no title, description or photo"))
                continue
            text, image = self._cascade.read(asked, row)
            ran = self._cascade.ran(stages[row], asked, row)
            found = None
            try:
                found = classification(fused[row], text, image, top, seconds, ran)
            except ModelError as problem:
                error = " ".join(filter(None, (error, str(problem))))
            yield RowResult(found, error)


def _of_another_kind(name: str) -> ModelError:
    return ModelError(
        _("{name} does not stand on a text model and an image network.").format(name=name)
    )


def _last(model: Any, kind: type[Any], but: type[Any] | tuple[()] = ()) -> Any:
    """Return the last model of a kind among a model and those below it; None if there is none."""
    found = [
        each
        for each in with_those_below(model)
        if isinstance(each, kind) and not isinstance(each, but)
    ]
    return found[-1] if found else None


@dataclass(frozen=True)
class _Reading:
    """What the models made of one product; what no model was asked about is None."""

    asked: Asked
    fused: np.ndarray
    text: np.ndarray | None
    image: np.ndarray | None
    stages: tuple[str, ...]
    seconds: float
    note: str | None

    def classification(self, top: int) -> Classification:
        return classification(
            self.fused, self.text, self.image, top, self.seconds, self.stages, self.note
        )


_LOADING = threading.Lock()


@cache
def _loaded() -> Classifier:
    return Classifier.load()


def shared_classifier() -> Classifier:
    """Return the one classifier of this process, loaded at the first call; it is never changed.

    Raises:
        AssetError: a model that answers is missing or damaged.
    """
    with _LOADING:
        return _loaded()
