"""JSON: an object per line, or an array of objects."""

from __future__ import annotations

import codecs
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from rakuten_core.data.encodings import byte_blocks, checked_encoding, encoding_of
from rakuten_core.data.tables.headers import MOST_COLUMNS, checked_names
from rakuten_core.data.tables.table import Row, Table, TableFormat
from rakuten_core.errors import CatalogError
from rakuten_core.language import _, number

# An array is in memory as a whole while it is read; lines are not.
_LARGEST_ARRAY = 200_000_000
_WRAPPERS = {"products", "produits", "items", "articles", "data", "rows", "results", "records"}


@dataclass(frozen=True)
class JsonTable(Table):
    """A file of JSON objects, one per line or in one array."""

    table_format: ClassVar[TableFormat] = "jsonl"

    def rows(self, needed: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the rows; see `Table.rows`."""
        assert self.encoding is not None
        for values in _objects(self.path, self.encoding):
            yield Row(values)


def open_json(path: Path, encoding: str | None = None) -> JsonTable:
    """Return a file of JSON objects; its columns are those of all rows: an object may lack some.

    Raises:
        CatalogError: it is no such file, or has too many columns.
        OSError: it cannot be read.
    """
    found = encoding_of(path) if encoding is None else checked_encoding(encoding)
    columns: dict[str, None] = {}
    for row in _objects(path, found.name):
        columns |= dict.fromkeys(row)
        if len(columns) > MOST_COLUMNS:
            break
    return JsonTable(
        path,
        checked_names(list(columns)),
        encoding=found.name,
        encoding_is_sure=found.sure,
    )


def _objects(path: Path, encoding: str) -> Iterator[dict[str, Any]]:
    start = next(byte_blocks(path), b"").decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        yield from _array(path, encoding)
        return
    for place, line in enumerate(_lines(path, encoding), 1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            if place == 1 and line.strip() == "{":
                yield from _array(path, encoding)
                return
            raise CatalogError(
                _("Line {number} is not JSON: {error}.").format(number=place, error=error)
            ) from error
        if not isinstance(row, dict):
            raise CatalogError(
                _("Line {number} is not a JSON object with named values.").format(number=place)
            )
        if place == 1 and (inside := _products_of(row)):
            yield from inside
            return
        yield row


def _lines(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    left = ""
    for block in byte_blocks(path):
        *whole, left = (left + decoder.decode(block)).split("\n")
        yield from whole
    yield left + decoder.decode(b"", final=True)


def _array(path: Path, encoding: str) -> Iterator[dict[str, Any]]:
    content = bytearray()
    for block in byte_blocks(path):
        content += block
        if len(content) > _LARGEST_ARRAY:
            raise CatalogError(
                _(
                    "A JSON array of more than {most} MB is not read: write one object per line "
                    "(JSON Lines)."
                ).format(most=number(_LARGEST_ARRAY / 1e6))
            )
    try:
        rows: Any = json.loads(content.decode(encoding, "replace").lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise CatalogError(_("This is not JSON: {error}.").format(error=error)) from error
    if isinstance(rows, dict):
        rows = _products_of(rows) or [rows]
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise CatalogError(
                _("Element {number} is not a JSON object with named values.").format(number=place)
            )
        yield row


def _products_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the objects that an object wraps, as an interface's answer does; none otherwise."""
    for name in _WRAPPERS & set(row):
        inside = row[name]
        if isinstance(inside, list) and all(isinstance(each, dict) for each in inside):
            return inside
    return []
