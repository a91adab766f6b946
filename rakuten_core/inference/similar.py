"""The training products that a product is most like, and whether it is like any of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from rakuten_core.assets import PHOTO_INDEX, TEXT_INDEX, VECTORS_FOLDER, Assets
from rakuten_core.data.cell_values import text_of
from rakuten_core.data.products import Picture, Products
from rakuten_core.errors import ModelError
from rakuten_core.inference.classifier import Classifier, shared_classifier
from rakuten_core.inference.models.kernel import KernelHead, KernelNetwork
from rakuten_core.inference.models.transformer import TextTransformer
from rakuten_core.inference.threads import one_blas_thread
from rakuten_core.inference.vector_index import VectorIndex
from rakuten_core.language import _
from rakuten_core.taxonomy import ProductType, product_type


@dataclass(frozen=True)
class Neighbour:
    """A training product that is like the product asked about.

    Attributes:
        productid: the challenge's.
        product_type: as the data label it.
        similarity: from -1 to 1; of text and photo the mean of both.
    """

    productid: int
    product_type: ProductType
    similarity: float


@dataclass(frozen=True)
class Familiarity:
    """How like a product is to what was learnt.

    Attributes:
        similarity: to the nearest training product, from -1 to 1.
        far: whether nine in ten products that were held out are nearer to a training product.
    """

    similarity: float
    far: bool


def raw_text_vectors(encoder: TextTransformer, products: Products) -> np.ndarray:
    """Return what a text means and what it is made of: float32 (products, 2 x dimensions).

    The encoder's vector has learnt to forget all but the type; the mean of the pieces' vectors
    has not, and tells a text of other things apart.
    """
    return np.hstack([encoder.vectors(products), encoder.piece_means(products)])


def raw_photo_vectors(tower: KernelNetwork, pooled: np.ndarray) -> np.ndarray:
    """Return where pooled features of photos lie, float32 (photos, components)."""
    head = tower.head
    assert isinstance(head, KernelHead)
    return head.points(pooled).astype(np.float32)


class SimilarProducts:
    """Finds the training products that a product is like, by its text, its photo or both.

    Safe to share between threads and never changed.

    Args:
        encoder: of texts.
        texts: the training products' texts.
        tower: of photos; None where the models that answer have none.
        photos: the training products' photos.
    """

    def __init__(
        self,
        encoder: TextTransformer,
        texts: VectorIndex,
        tower: KernelNetwork | None = None,
        photos: VectorIndex | None = None,
    ) -> None:
        self._encoder, self._texts = encoder, texts
        self._tower, self._photos = tower, photos
        if photos is not None:
            # Which product's text goes with each photo; a product may have a photo alone.
            order = np.argsort(texts.productids, kind="stable")
            places = np.searchsorted(texts.productids, photos.productids, sorter=order)
            places = order[np.minimum(places, len(order) - 1)]
            self._both = texts.productids[places] == photos.productids
            self._text_of_photo = places

    @classmethod
    def load(cls, classifier: Classifier, path: Path | str | None = None) -> SimilarProducts:
        """Read the vectors of an assets folder, by default the project's own.

        Args:
            classifier: whose encoder and tower made them.
            path: the assets folder.

        Raises:
            ModelError: the classifier has no encoder.
            AssetError: the vectors have not been computed, or are damaged.
        """
        if classifier.encoder is None:
            raise ModelError(_("No language model is among those that answer."))
        folder = Assets(path).root / VECTORS_FOLDER
        photos = None
        if classifier.tower is not None and (folder / PHOTO_INDEX).is_file():
            photos = VectorIndex.load(folder / PHOTO_INDEX)
        return cls(
            classifier.encoder,
            VectorIndex.load(folder / TEXT_INDEX),
            classifier.tower,
            photos,
        )

    @property
    def knows_photos(self) -> bool:
        """Whether photos can be compared."""
        return self._photos is not None

    def text_vector(self, title: str | None, description: str | None = None) -> np.ndarray | None:
        """Return a text's unit vector, (components,); None where there is no text.

        Raises:
            TextError: the title or the description is not text.
        """
        products = Products.of_texts(
            [text_of(title, "title")], [text_of(description, "description")]
        )
        if not products.has_text[0]:
            return None
        with one_blas_thread():
            return self._texts.project(raw_text_vectors(self._encoder, products))[0]

    def photo_vector(self, picture: Picture) -> np.ndarray:
        """Return a photo's unit vector, (components,).

        Raises:
            ImageError: the photo cannot be used.
            ModelError: photos cannot be compared.
        """
        if self._tower is None or self._photos is None:
            raise ModelError(_("Photos cannot be compared: their vectors are not there."))
        pooled = self._tower.look(picture).features.mean(axis=(0, 1))[np.newaxis]
        with one_blas_thread():
            return self._photos.project(raw_photo_vectors(self._tower, pooled))[0]

    def nearest(
        self, text: np.ndarray | None = None, photo: np.ndarray | None = None, count: int = 8
    ) -> list[Neighbour]:
        """Return the most similar training products, the most similar first.

        Args:
            text: from `text_vector`; with a photo too, only products with both are compared.
            photo: from `photo_vector`.
            count: how many.

        Raises:
            ModelError: neither is given.
        """
        if text is None and photo is None:
            raise ModelError(_("Nothing to compare. Give a title, a description or a photo."))
        with one_blas_thread():
            if photo is None:
                assert text is not None
                index, likeness = self._texts, self._texts.similarities(text[np.newaxis])[0]
            else:
                assert self._photos is not None
                index, likeness = self._photos, self._photos.similarities(photo[np.newaxis])[0]
                if text is not None:
                    of_texts = self._texts.similarities(text[np.newaxis])[0][self._text_of_photo]
                    likeness = np.where(self._both, (likeness + of_texts) / 2, -1)
        count = min(count, len(likeness))
        found = np.argpartition(-likeness, count - 1)[:count]
        # Of equal ones the first in the index: the same answer each time.
        found = found[np.lexsort((found, -likeness[found]))]
        return [
            Neighbour(
                int(index.productids[row]),
                product_type(int(index.codes[row])),
                float(likeness[row]),
            )
            for row in found
        ]

    def familiarity(
        self, text: np.ndarray | None = None, photo: np.ndarray | None = None
    ) -> Familiarity:
        """Return how like a product is to what was learnt: by its text, or its photo alone.

        Raises:
            ModelError: neither is given.
        """
        (nearest,) = self.nearest(text, None if text is not None else photo, count=1)
        index = self._texts if text is not None else self._photos
        assert index is not None
        return Familiarity(nearest.similarity, nearest.similarity < index.limit)


@cache
def shared_similar() -> SimilarProducts:
    """Return the one instance of this process, loaded at the first call; it is never changed.

    Raises:
        AssetError: the vectors, or a model that answers, are missing or damaged.
    """
    return SimilarProducts.load(shared_classifier())
