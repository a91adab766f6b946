"""Rows of a file of products, one at a time: CSV, JSON Lines or Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TextIO

from rakuten_core.data.encodings import encoding_of
from rakuten_core.errors import CatalogError
from rakuten_core.language import _, listing

RowFormat = Literal["csv", "jsonl", "parquet"]
COLUMNS = ("designation", "description", "productid", "imageid", "photo")
"""What is read of a row; `title` is another name of `designation`."""
_OTHER_NAMES = {"title": "designation"}
_LARGEST_CELL = 2**25


def read_rows(path: Path, row_format: RowFormat) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file as they are read; only what `COLUMNS` names.

    Args:
        path: of the file.
        row_format: of the file. CSV in UTF-8, UTF-16 or Windows-1252, with commas or semicolons.

    Raises:
        CatalogError: the file is not of that format, or has none of the columns that say something
            of a product.
    """
    reader = {"csv": _csv, "jsonl": _json_lines, "parquet": _parquet}[row_format]
    yield from reader(path)


def count_rows(path: Path, row_format: RowFormat) -> int:
    """Return how many rows a file has; it raises what `read_rows` raises."""
    if row_format == "parquet":
        return _parquet_file(path).metadata.num_rows
    return sum(1 for _row in read_rows(path, row_format))


def csv_lines(file: TextIO, **layout: Any) -> Iterator[list[str]]:
    """Yield the lines of a CSV file that hold anything.

    Args:
        file: opened with `newline=""`.
        layout: of `csv.reader`, such as `delimiter`.

    Raises:
        CatalogError: it is no CSV file.
    """
    csv.field_size_limit(_LARGEST_CELL)
    try:
        yield from filter(None, csv.reader(file, **layout))
    except csv.Error as error:
        raise CatalogError(_("This is not a CSV file: {error}.").format(error=error)) from error


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(newline="", encoding=encoding_of(path)) as file:
        first = file.readline()
        file.seek(0)
        lines = csv_lines(file, delimiter=max(",;\t", key=first.count), strict=True)
        header = [_OTHER_NAMES.get(name.strip(), name.strip()) for name in next(lines, [])]
        _check(header)
        for line in lines:
            # A row that is too short lacks its last values; what is beyond is not read.
            yield _known(dict(zip(header, line, strict=False)))


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding=encoding_of(path)) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row: Any = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise CatalogError(
                    _("Line {number} is not JSON: {error}.").format(number=number, error=error)
                ) from error
            if not isinstance(row, dict):
                raise CatalogError(
                    _("Line {number} is not a JSON object with named values.").format(number=number)
                )
            yield _known(_renamed(row))


def _parquet_file(path: Path) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise CatalogError(_("This is not a Parquet file: {error}.").format(error=error)) from error


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow

    file = _parquet_file(path)
    names = file.schema_arrow.names
    _check([_OTHER_NAMES.get(name, name) for name in names])
    wanted = [name for name in names if _OTHER_NAMES.get(name, name) in COLUMNS]
    try:
        for batch in file.iter_batches(256, columns=wanted):
            for row in batch.to_pylist():
                yield _renamed(row)
    except (pyarrow.ArrowException, OSError) as error:
        raise CatalogError(_("This is not a Parquet file: {error}.").format(error=error)) from error


def _check(columns: list[str]) -> None:
    if not set(columns) & {"designation", "description", "photo", "imageid"}:
        raise CatalogError(
            _(
                "No column says anything of a product. Expected: {expected}. Received: {received}."
            ).format(
                expected=listing(list(COLUMNS)),
                received=", ".join(columns[:20]) or _("an empty file"),
            )
        )


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    return {_OTHER_NAMES.get(name, name): value for name, value in row.items()}


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in COLUMNS}
