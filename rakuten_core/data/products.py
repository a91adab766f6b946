"""What every model is asked about: titles, descriptions and photos of some products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from rakuten_core.data.photos import Photos
from rakuten_core.text.markup import has_text

if TYPE_CHECKING:
    import pandas as pd

Picture = bytes | Path | str | Image.Image
"""A photo as it may be given: encoded bytes, a path, or an open PIL image."""


class CatalogPhotos(Sequence):
    """The photos of some products of a catalogue, each read from disk when it is asked for.

    Args:
        source: where the photos are.
        names: file names, None for a product without photo.
    """

    def __init__(self, source: Photos, names: Sequence[str | None]) -> None:
        self.source = source
        self.names = names

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, row: Any) -> Any:
        name = self.names[row]
        return None if name is None else self.source.read(name)


@dataclass(frozen=True)
class Products:
    """Some products; a model takes what it reads of them.

    Attributes:
        titles: as the sellers wrote them, empty where there is none.
        descriptions: likewise.
        photos: encoded bytes, paths or PIL images, None where there is none; read when asked for.
    """

    titles: Sequence[str]
    descriptions: Sequence[str]
    photos: Sequence[Picture | None]

    @classmethod
    def of_texts(cls, titles: Sequence[str], descriptions: Sequence[str] | None = None) -> Products:
        """Return products without photos, and without descriptions unless they are given."""
        return cls(titles, descriptions or [""] * len(titles), [None] * len(titles))

    @classmethod
    def of_table(cls, table: pd.DataFrame, source: Photos) -> Products:
        """Return the products of a catalogue's table; their photos stay on disk until needed."""
        names = [name if isinstance(name, str) else None for name in table["photo"]]
        return cls(
            table["designation"].tolist(),
            table["description"].tolist(),
            CatalogPhotos(source, names),
        )

    def __len__(self) -> int:
        return len(self.titles)

    @cached_property
    def has_text(self) -> np.ndarray:
        """Whether each product has a text (`text.markup.has_text`), bool (products,)."""
        pairs = zip(self.titles, self.descriptions, strict=True)
        return np.fromiter((has_text(*pair) for pair in pairs), bool, len(self))

    @cached_property
    def has_photo(self) -> np.ndarray:
        """Whether each product has a photo, bool (products,)."""
        photos = self.photos.names if isinstance(self.photos, CatalogPhotos) else self.photos
        return np.fromiter((photo is not None for photo in photos), bool, len(self))

    def rows(self, rows: np.ndarray) -> Products:
        """Return some of the products."""
        photos: Sequence[Picture | None]
        if isinstance(self.photos, CatalogPhotos):
            names = [self.photos.names[row] for row in rows]
            photos = CatalogPhotos(self.photos.source, names)
        else:
            photos = [self.photos[row] for row in rows]
        return Products(*self.texts(rows), photos)

    def texts(self, rows: np.ndarray | None = None) -> tuple[list[str], list[str]]:
        """Return the titles and the descriptions, of some rows or of all."""
        if rows is None:
            return list(self.titles), list(self.descriptions)
        return [self.titles[row] for row in rows], [self.descriptions[row] for row in rows]
