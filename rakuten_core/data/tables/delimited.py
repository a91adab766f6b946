"""CSV as people's tools write it: any separator, any encoding, and quotation marks gone wrong."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from rakuten_core.data.encodings import checked_encoding, encoding_of, open_bytes
from rakuten_core.data.tables.headers import LINES_LOOKED_AT, Header, find_header
from rakuten_core.data.tables.table import Row, Table, TableFormat
from rakuten_core.errors import CatalogError
from rakuten_core.language import _

_SEPARATORS = (",", ";", "\t", "|")
# What no text holds: a file of one column has no separator.
_NONE = "\x1f"
_SEPARATOR_LINE = re.compile(r"^\ufeff?\"?sep=(.)\"?\r?\n?$", re.IGNORECASE)
_LARGEST_CELL = 2**25
# A description may have line breaks in it; where this many lines make one row, a quotation mark was
# not closed.
_MOST_LINES = 2_000
# After this many quotation marks that are not closed, none is trusted to hold line breaks.
_MOST_UNCLOSED = 50
_SAMPLE_LINES = 40
_SURROGATES = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class DelimitedTable(Table):
    """A CSV file.

    Attributes:
        header_lines: how many lines with a content lie before the first product.
    """

    table_format: ClassVar[TableFormat] = "csv"
    header_lines: int = 1

    def rows(self, needed: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the rows; see `Table.rows`."""
        assert self.encoding is not None
        with _opened(self.path, self.encoding) as file:
            records = _records(file, self.separator or _NONE, len(self.columns))
            for cells, problem in islice(records, self.header_lines, None):
                if tuple(" ".join(cell.split()) for cell in cells[: len(self.columns)]) != (
                    self.columns
                ):
                    yield self._row(cells, problem)

    def _row(self, cells: Sequence[str], problem: str | None) -> Row:
        problems = [problem] if problem else []
        wide = len(cells)
        while wide > len(self.columns) and not cells[wide - 1].strip():
            wide -= 1
        if wide != len(self.columns):
            problems.append(
                _("the row has {received} columns instead of {expected}").format(
                    received=wide, expected=len(self.columns)
                )
            )
        values: dict[str, Any] = {}
        # A row that is too short lacks its last values; what is beyond is not read.
        for name, cell in zip(self.columns, cells, strict=False):
            if not cell.isascii() and _SURROGATES.search(cell):
                cell = _SURROGATES.sub("\ufffd", cell)
                problems.append(_("{column}: a letter is damaged").format(column=name))
            if "\0" in cell:
                cell = cell.replace("\0", "")
                problems.append(_("{column}: nul characters left out").format(column=name))
            values[name] = cell
        return Row(values, "; ".join(problems) or None)


def open_delimited(path: Path, encoding: str | None = None) -> DelimitedTable:
    """Return a CSV file with its encoding, separator and header found out.

    Args:
        path: of the file.
        encoding: where it is known; found out otherwise.

    Raises:
        CatalogError: it is no text, it is empty, or has no header.
        OSError: it cannot be read.
    """
    found = encoding_of(path) if encoding is None else checked_encoding(encoding)
    with _opened(path, found.name) as file:
        lines = list(islice(filter(str.strip, file), _SAMPLE_LINES))
    separator, header = _layout(lines)
    return DelimitedTable(
        path,
        header.names,
        header.lines,
        encoding=found.name,
        encoding_is_sure=found.sure,
        separator=None if separator == _NONE else separator,
    )


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[Iterator[str]]:
    """Yield the lines of a text file, without the one that only names its separator."""
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    with (
        open_bytes(path) as content,
        io.TextIOWrapper(content, encoding, errors, newline="") as file,
    ):
        yield _without_separator_line(file)


def _without_separator_line(lines: Iterable[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        if place or not _SEPARATOR_LINE.match(line):
            yield line


def _layout(lines: Sequence[str]) -> tuple[str, Header]:
    """Return the separator with which the first lines make most sense, and the header then."""
    candidates = [each for each in _SEPARATORS if any(each in line for line in lines)]
    found: list[tuple[tuple[int, float, int], str, Header]] = []
    problem: CatalogError | None = None
    for separator in (*candidates, _NONE):
        records = [cells for cells, _problem in _records(iter(lines), separator)]
        try:
            header = find_header(records[:LINES_LOOKED_AT])
        except CatalogError as error:
            problem = problem or error
            continue
        wide = len(header.names)
        products = records[header.lines :]
        fitting = sum(_width(cells) <= wide <= len(cells) for cells in products)
        share = round(fitting / len(products), 1) if products else 1.0
        found.append(((header.known, share, wide), separator, header))
    if not found or (problem is not None and not max(each[0][0] for each in found)):
        assert problem is not None
        raise problem
    _score, separator, header = max(found, key=lambda each: each[0])
    return separator, header


def _width(cells: Sequence[str]) -> int:
    """Return how many cells a row has without the empty ones at its end."""
    return max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)


class _Lines:
    """Physical lines, which can be put back when the row that they made was none.

    Args:
        lines: of the file.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._returned = lines, deque[str]()
        self.taken: list[str] = []
        self.most = _MOST_LINES

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= self.most:
            raise StopIteration
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.taken.append(line)
        return line

    def put_back(self, kept: int) -> None:
        """Put back all lines that were taken but the first ones."""
        self._returned.extendleft(reversed(self.taken[kept:]))


def _records(
    lines: Iterator[str], separator: str, wide: int | None = None
) -> Iterator[tuple[list[str], str | None]]:
    """Yield the cells of each row that holds any, and what is wrong with its quotation marks.

    Args:
        lines: of the file.
        separator: of the cells.
        wide: how many cells a row has, where that is known.
    """
    csv.field_size_limit(_LARGEST_CELL)
    source = _Lines(lines)
    # Strict: a quotation mark that is never closed would take the rest of the file into one cell.
    reader = csv.reader(source, delimiter=separator, strict=True)
    unclosed = 0
    while True:
        source.taken = []
        problem = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            unclosed += len(source.taken) > 1
            if unclosed >= _MOST_UNCLOSED:
                source.most = 1
            cells, used, problem = _mended(source.taken, separator, wide)
            source.put_back(used)
        else:
            # Tab-separated feeds of shops quote nothing: a mark at a cell's start is a mark.
            if separator == "\t" and len(source.taken) > 1:
                alone = _unquoted(source.taken[0], separator)
                if len(alone) == (wide or len(alone)) and len(cells) != wide:
                    cells = alone
                    source.put_back(1)
        if any(cell.strip() for cell in cells):
            yield cells, problem


def _unquoted(line: str, separator: str) -> list[str]:
    return line.rstrip("\r\n").split(separator)


def _mended(
    taken: Sequence[str], separator: str, wide: int | None
) -> tuple[list[str], int, str | None]:
    """Return the cells of lines that are no proper CSV, how many lines they took, and a problem.

    Where quotation marks are escaped by a backslash, as MySQL does, or nothing is quoted, as in
    tab-separated feeds, nothing is wrong.
    """
    first = taken[0]
    if separator == "\t":
        return _unquoted(first, separator), 1, None
    if any('\\"' in line for line in taken):
        for used in range(1, min(len(taken), 50) + 1):
            try:
                escaped = csv.reader(
                    taken[:used],
                    delimiter=separator,
                    escapechar="\\",
                    doublequote=False,
                    strict=True,
                )
                cells = next(escaped)
            except (csv.Error, StopIteration):
                continue
            if wide is None or len(cells) == wide:
                return cells, used, None
    try:
        cells = next(csv.reader([first], delimiter=separator))
    except (csv.Error, StopIteration):
        cells = []
    if wide is not None and len(cells) != wide and len(_unquoted(first, separator)) == wide:
        cells = [cell.strip('"') for cell in _unquoted(first, separator)]
    return (
        [cell.rstrip("\r\n") for cell in cells] or _unquoted(first, separator),
        1,
        _("a quotation mark is not closed, or stands inside a quoted text"),
    )
