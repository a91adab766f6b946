"""Tables of products as people have them, read row by row: CSV, JSON Lines, Excel or Parquet."""

from __future__ import annotations

import csv
import datetime
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TextIO

from rakuten_core.data.encodings import encoding_of
from rakuten_core.errors import CatalogError
from rakuten_core.language import _, listing, number

TableFormat = Literal["csv", "jsonl", "excel", "parquet"]
SUFFIXES: dict[str, TableFormat] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".xlsx": "excel",
    ".parquet": "parquet",
}
"""How the name of a file tells its format."""
MOST_COLUMNS = 500
"""A table with more is no table of products."""
_SEPARATORS = ",;\t|"
_LARGEST_CELL = 2**25
_LONGEST_NAME = 100
_LARGEST_WORKBOOK = 400_000_000
# What Office writes when a workbook has a password; an old .xls starts so too.
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Row:
    """A row by the names of its columns, and what is wrong with its layout (None: nothing)."""

    values: dict[str, Any]
    problem: str | None = None


@dataclass(frozen=True)
class Table:
    """A table that has been looked at, and can be read from its start any number of times.

    Attributes:
        path: of the file.
        table_format: of the file.
        columns: names, none twice, none empty.
        encoding: of a text file.
        separator: of a CSV file.
    """

    path: Path
    table_format: TableFormat
    columns: tuple[str, ...]
    encoding: str | None = None
    separator: str | None = None

    def rows(self) -> Iterator[Row]:
        """Yield the rows as they are read; a value is a text, None, or the bytes of a picture.

        Raises:
            CatalogError: the file is damaged further down.
        """
        reader = {
            "csv": _csv_rows,
            "jsonl": _json_rows,
            "excel": _excel_rows,
            "parquet": _parquet_rows,
        }[self.table_format]
        yield from reader(self)

    def value(self, row: int, column: str) -> Any:
        """Return one value of a Parquet table, without reading the other columns.

        Args:
            row: from 0.
            column: its name.

        Raises:
            CatalogError: the file is damaged.
            IndexError: it has fewer rows.
        """
        return _parquet_value(self.path, row, self.columns.index(column))

    def count(self) -> int:
        """Return how many rows there are; it raises what `rows` raises.

        Of a Parquet file only the description is read: what is damaged further down, `rows` finds.
        """
        if self.table_format == "parquet":
            return _parquet_file(self.path).metadata.num_rows
        return sum(1 for _row in self.rows())


def open_table(path: Path, table_format: TableFormat | None = None) -> Table:
    """Return a table whose columns, encoding and separator have been found out.

    Args:
        path: of the file. CSV in UTF-8, UTF-16 or Windows-1252, with commas, semicolons, tabs or
            bars; Excel as `.xlsx`, whose first sheet with a content is read.
        table_format: of the file; by its name where it is not given.

    Raises:
        CatalogError: it is not such a file, is empty, has no header or too many columns.
    """
    table_format = table_format or SUFFIXES.get(path.suffix.lower())
    if table_format is None:
        raise CatalogError(
            _("{name} is none of the formats that can be read: {formats}.").format(
                name=path.name, formats=listing(sorted(SUFFIXES))
            )
        )
    try:
        if table_format == "csv":
            return _open_csv(path)
        if table_format == "jsonl":
            return _open_json(path)
        if table_format == "excel":
            with _workbook_lines(path) as lines:
                return Table(path, "excel", _names(next(lines, [])))
        return Table(path, "parquet", _names(_parquet_file(path).schema_arrow.names))
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror or error}.") from error


def csv_lines(file: TextIO, **layout: Any) -> Iterator[list[str]]:
    """Yield the lines of a CSV file that hold anything.

    Args:
        file: opened with `newline=""`.
        layout: of `csv.reader`, such as `delimiter`.

    Raises:
        CatalogError: it is no CSV file.
    """
    csv.field_size_limit(_LARGEST_CELL)
    # Strict: a quotation mark that is never closed would take the rest of the file into one cell.
    reader = csv.reader(file, strict=True, **layout)
    try:
        yield from filter(None, reader)
    except csv.Error as error:
        raise CatalogError(
            _("This is not a CSV file: line {line}: {error}.").format(
                line=number(reader.line_num), error=error
            )
        ) from error


def _names(header: Sequence[Any]) -> tuple[str, ...]:
    """Return the names of columns, none empty and none twice.

    Raises:
        CatalogError: there is none, there are too many, or the row looks like a product.
    """
    if not any(str(name or "").strip() for name in header):
        raise CatalogError(_("The file is empty: its first row must name the columns."))
    if len(header) > MOST_COLUMNS:
        raise CatalogError(
            _("The file has {columns} columns; a table of products has at most {most}.").format(
                columns=number(len(header)), most=number(MOST_COLUMNS)
            )
        )
    found: list[str] = []
    for place, given in enumerate(header, 1):
        name = str(given or "").strip().lstrip("\ufeff")
        if len(name) > _LONGEST_NAME or name.replace(".", "", 1).isdecimal():
            raise CatalogError(
                _(
                    "The first row must name the columns, such as designation and description. "
                    "It holds “{name}”, which looks like a product."
                ).format(name=name[:60])
            )
        name = name or _("column {number}").format(number=place)
        while name in found:
            name += "_"
        found.append(name)
    return tuple(found)


def _as_row(columns: Sequence[str], line: Sequence[Any]) -> Row:
    problem = None
    if len(line) != len(columns):
        problem = _("the row has {received} columns instead of {expected}").format(
            received=len(line), expected=len(columns)
        )
    # A row that is too short lacks its last values; what is beyond is not read.
    return Row(dict(zip(columns, line, strict=False)), problem)


def _open_csv(path: Path) -> Table:
    encoding = encoding_of(path)
    with path.open(newline="", encoding=encoding) as file:
        first = file.readline()
        separator = max(_SEPARATORS, key=first.count)
        file.seek(0)
        return Table(
            path, "csv", _names(next(csv_lines(file, delimiter=separator), [])), encoding, separator
        )


def _csv_rows(table: Table) -> Iterator[Row]:
    with table.path.open(newline="", encoding=table.encoding) as file:
        lines = csv_lines(file, delimiter=table.separator)
        next(lines, None)
        for line in lines:
            yield _as_row(table.columns, line)


def _open_json(path: Path) -> Table:
    encoding = encoding_of(path)
    # An object may lack a value: the columns are those of all rows.
    columns: dict[str, None] = {}
    for row in _json_objects(path, encoding):
        columns |= dict.fromkeys(row)
        if len(columns) > MOST_COLUMNS:
            break
    return Table(path, "jsonl", _names(list(columns)), encoding)


def _json_rows(table: Table) -> Iterator[Row]:
    assert table.encoding is not None
    for row in _json_objects(table.path, table.encoding):
        yield Row(row)


def _json_objects(path: Path, encoding: str) -> Iterator[dict[str, Any]]:
    with path.open(encoding=encoding) as file:
        for place, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row: Any = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise CatalogError(
                    _("Line {number} is not JSON: {error}.").format(number=place, error=error)
                ) from error
            if not isinstance(row, dict):
                raise CatalogError(
                    _("Line {number} is not a JSON object with named values.").format(number=place)
                )
            yield row


@contextmanager
def _workbook_lines(path: Path) -> Iterator[Iterator[list[str | None]]]:
    """Yield the lines of the first sheet with a content, as texts."""
    _check_workbook(path)
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(path, read_only=True, data_only=False)
    except Exception as error:
        # openpyxl raises what it will on damaged files: KeyError, ParseError, BadZipFile, ...
        raise _damaged_workbook(path, error) from error
    try:
        yield _sheet_lines(workbook, path)
    finally:
        workbook.close()


def _sheet_lines(workbook: Any, path: Path) -> Iterator[list[str | None]]:
    for sheet in workbook.worksheets:
        # What a workbook says of its own size may be wrong.
        sheet.reset_dimensions()
        empty = True
        try:
            for cells in sheet.iter_rows():
                line = [_cell_text(cell, path) for cell in cells]
                while line and line[-1] is None:
                    line.pop()
                if line:
                    empty = False
                    yield line
        except CatalogError:
            raise
        except Exception as error:
            raise _damaged_workbook(path, error) from error
        if not empty:
            return


def _cell_text(cell: Any, path: Path) -> str | None:
    value = cell.value
    if value is None or value == "":
        return None
    if cell.data_type == "f":
        raise CatalogError(
            _(
                "Cell {cell} of {name} holds a formula. Save the workbook with values only: copy "
                "all, then paste as values."
            ).format(cell=cell.coordinate, name=path.name)
        )
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def _damaged_workbook(path: Path, error: Exception) -> CatalogError:
    return CatalogError(
        _("{name} is not a complete Excel workbook: {error}.").format(
            name=path.name, error=str(error) or type(error).__name__
        )
    )


def _check_workbook(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(len(_COMPOUND_FILE))
    if start == _COMPOUND_FILE:
        raise CatalogError(
            _(
                "{name} has a password, or is an old .xls workbook. Save it as .xlsx without a "
                "password."
            ).format(name=path.name)
        )
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError) as error:
        raise _damaged_workbook(path, error) from error
    if size > _LARGEST_WORKBOOK:
        raise CatalogError(
            _("{name} unpacks to {size} MB; at most {most} MB are read.").format(
                name=path.name, size=number(size / 1e6), most=number(_LARGEST_WORKBOOK / 1e6)
            )
        )


def _excel_rows(table: Table) -> Iterator[Row]:
    with _workbook_lines(table.path) as lines:
        next(lines, None)
        for line in lines:
            # Excel does not keep empty cells at the end of a row.
            filled: Iterable[Any] = chain(line, [None] * (len(table.columns) - len(line)))
            yield _as_row(table.columns, list(filled))


def _parquet_file(path: Path) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise CatalogError(_("This is not a Parquet file: {error}.").format(error=error)) from error


def _parquet_rows(table: Table) -> Iterator[Row]:
    import pyarrow

    file = _parquet_file(table.path)
    try:
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            for line in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield Row(dict(zip(table.columns, line, strict=True)))
    except (pyarrow.ArrowException, OSError) as error:
        raise CatalogError(_("This is not a Parquet file: {error}.").format(error=error)) from error


def _parquet_value(path: Path, row: int, column: int) -> Any:
    import pyarrow

    file = _parquet_file(path)
    name = file.schema_arrow.names[column]
    try:
        for batch in file.iter_batches(_ROWS_AT_ONCE, columns=[name]):
            if row < batch.num_rows:
                return batch.column(0)[row].as_py()
            row -= batch.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        raise CatalogError(_("This is not a Parquet file: {error}.").format(error=error)) from error
    raise IndexError
