"""The files that `intake.take_in` writes of a table and its photos, and how they are read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from rakuten_core.data.photo_archives import read_member
from rakuten_core.data.photo_sources import PhotoReference
from rakuten_core.data.tables import Row
from rakuten_core.errors import CatalogError
from rakuten_core.language import _

PRODUCTS_FILE, GIVEN_FILE = "products.parquet", "given.parquet"
REFERENCES_FILE, EMBEDDED_FILE, PHOTOS_FILE = "photos.parquet", "embedded.zip", "photos.zip"
_ROWS_AT_ONCE = 64


class TakenPhotos:
    """The photos of what was taken in, read one by one.

    Args:
        folder: that `take_in` wrote into.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._archives: dict[str, zipfile.ZipFile] = {}
        self._table = pq.read_table(folder / REFERENCES_FILE)

    def of_row(self, row: int) -> PhotoReference | None:
        """Return the photo of a row (from 0); None where it has none that is at hand."""
        archive, member = (self._table[name][row].as_py() for name in ("archive", "member"))
        return None if member is None else self._reference(archive, member)

    def with_problems(self) -> Iterator[tuple[PhotoReference | None, str | None]]:
        """Yield the photo of each row, and what is wrong with it."""
        for batch in self._table.to_batches():
            for each in batch.to_pylist():
                member = each["member"]
                found = None if member is None else self._reference(each["archive"], member)
                yield found, each["problem"]

    def _reference(self, archive: str, member: str) -> PhotoReference:
        return PhotoReference(member, lambda: read_member(self._opened(archive), member), member)

    def _opened(self, name: str) -> zipfile.ZipFile:
        if name not in self._archives:
            try:
                self._archives[name] = zipfile.ZipFile(self._folder / name)
            except (OSError, zipfile.BadZipFile) as error:
                raise CatalogError(
                    _("{path} cannot be read: {error}.").format(path=name, error=error)
                ) from error
        return self._archives[name]


def taken_products(folder: Path) -> Iterator[Row]:
    """Yield the products that `take_in` wrote, their photos as `PhotoReference`.

    Raises:
        CatalogError: they are not there: what was given has to be given again.
    """
    path = folder / PRODUCTS_FILE
    if not path.is_file():
        raise CatalogError(_("Its products are not there any more. Give the file again."))
    photos = TakenPhotos(folder).with_problems()
    for batch in pq.ParquetFile(path).iter_batches(_ROWS_AT_ONCE):
        for record in batch.to_pylist():
            problem = record.pop("problem")
            photo, photo_problem = next(photos)
            values = {name: value for name, value in record.items() if value is not None}
            values.pop("photo", None)
            if photo is not None:
                values["photo"] = photo
            yield Row(values, "; ".join(filter(None, (problem, photo_problem))) or None)


def taken_rows(folder: Path) -> Iterator[list[str]]:
    """Yield all that was given, row by row, as texts in the order of the columns."""
    for batch in pq.ParquetFile(folder / GIVEN_FILE).iter_batches(_ROWS_AT_ONCE):
        columns = [[value or "" for value in each.to_pylist()] for each in batch.columns]
        yield from map(list, zip(*columns, strict=True))


def taken_columns(folder: Path) -> tuple[str, ...]:
    """Return the names of all columns that were given."""
    return tuple(pq.read_schema(folder / GIVEN_FILE).names)
