"""JSON: an object per line, or an array of objects."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

from rakuten_core.data.encodings import (
    byte_blocks,
    byte_stream,
    checked_encoding,
    encoding_of,
)
from rakuten_core.data.tables.headers import checked_names
from rakuten_core.data.tables.table import Row, Table, TableFormat
from rakuten_core.errors import CatalogError
from rakuten_core.language import _, number
from rakuten_core.limits import limits

_WRAPPERS = ("products", "produits", "articles", "items", "records", "results", "rows", "data")
_SURROGATES = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class JsonTable(Table):
    """A file of JSON objects, one per line or in one array.

    Attributes:
        keys: the objects' own keys, one per column.
    """

    table_format: ClassVar[TableFormat] = "jsonl"
    keys: tuple[str, ...] = ()

    def rows(self, needed: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the rows; see `Table.rows`."""
        assert self.encoding is not None
        names = dict(zip(self.keys, self.columns, strict=True))
        for values, damaged in _objects(self.path, self.encoding):
            row = {names[key]: value for key, value in values.items() if key in names}
            yield Row(row, _("a letter is damaged") if damaged else None)


def open_json(path: Path, encoding: str | None = None) -> JsonTable:
    """Return a file of JSON objects; its columns are those of all rows: an object may lack some.

    Raises:
        CatalogError: it is no such file, or has too many columns.
        OSError: it cannot be read.
    """
    found = encoding_of(path) if encoding is None else checked_encoding(encoding)
    keys: dict[str, None] = {}
    for row, _damaged in _objects(path, found.name):
        keys |= dict.fromkeys(row)
        if len(keys) > limits().table_columns:
            break
    # A key of blanks names nothing.
    named = [key for key in keys if key.strip()]
    return JsonTable(
        path,
        checked_names(named),
        tuple(named),
        encoding=found.name,
        encoding_is_sure=found.sure,
    )


def _objects(path: Path, encoding: str) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield the objects of a file, and whether a letter in them is damaged."""
    start = next(byte_blocks(path), b"").decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        yield from _of_whole_file(path, encoding)
        return
    lines = filter(str.strip, _lines(path, encoding))
    first = next(lines, "")
    second = next(lines, None)
    if second is None or not _is_object(first):
        # One object over all lines, which may wrap the products.
        yield from _of_whole_file(path, encoding)
        return
    for place, line in enumerate(chain((first, second), lines), 1):
        plain, damaged = _mended(line)
        try:
            row: Any = json.loads(plain)
        except (ValueError, RecursionError) as error:
            raise CatalogError(
                _("Line {number} is not JSON: {error}.").format(number=place, error=error)
            ) from error
        if not isinstance(row, dict):
            raise CatalogError(
                _("Line {number} is not a JSON object with named values.").format(number=place)
            )
        yield row, damaged


def _is_object(line: str) -> bool:
    try:
        json.loads(_mended(line)[0])
    except (ValueError, RecursionError):
        return False
    return True


def _mended(text: str) -> tuple[str, bool]:
    """Return a text without bytes that could not be decoded, and whether there were any."""
    found = _SURROGATES.search(text) is not None
    return (_SURROGATES.sub("\ufffd", text) if found else text), found


def _lines(path: Path, encoding: str) -> Iterator[str]:
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    most = limits().json_array_mb * 10**6
    with io.TextIOWrapper(byte_stream(path), encoding, errors) as file:
        while line := file.readline(most):
            if len(line) >= most:
                raise _too_large()
            yield line


def _of_whole_file(path: Path, encoding: str) -> Iterator[tuple[dict[str, Any], bool]]:
    # It is in memory as a whole while it is read.
    content, most = bytearray(), limits().json_array_mb * 10**6
    for block in byte_blocks(path):
        content += block
        if len(content) > most:
            raise _too_large()
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    plain, damaged = _mended(content.decode(encoding, errors).lstrip("\ufeff"))
    try:
        rows: Any = json.loads(plain)
    except (ValueError, RecursionError) as error:
        raise CatalogError(_("This is not JSON: {error}.").format(error=error)) from error
    if isinstance(rows, dict):
        rows = _products_of(rows) or [rows]
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise CatalogError(
                _("Element {number} is not a JSON object with named values.").format(number=place)
            )
        # In which of its objects the damaged letter stands is not known.
        yield row, damaged and "\ufffd" in json.dumps(row, ensure_ascii=False)


def _too_large() -> CatalogError:
    return CatalogError(
        _(
            "A JSON array of more than {most} MB is not read: write one object per line (JSON "
            "Lines)."
        ).format(most=number(limits().json_array_mb))
    )


def _products_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the objects that an object wraps, as an interface's answer does; none otherwise."""
    for name in _WRAPPERS:
        inside = row.get(name)
        if isinstance(inside, list) and all(isinstance(each, dict) for each in inside):
            return inside
    return []
