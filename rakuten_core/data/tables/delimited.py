"""CSV as people's tools write it: any separator, any encoding, and quotation marks gone wrong."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from rakuten_core.data.encodings import byte_stream, checked_encoding, encoding_of
from rakuten_core.data.tables.csv_records import NO_SEPARATOR, Dialect
from rakuten_core.data.tables.headers import LINES_LOOKED_AT, Header, find_header
from rakuten_core.data.tables.table import Row, Table, TableFormat
from rakuten_core.errors import CatalogError
from rakuten_core.language import _

_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r"^\ufeff?\"?sep=(.)\"?\r?\n?$", re.IGNORECASE)
_SAMPLE_LINES = 200
_SURROGATES = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class DelimitedTable(Table):
    """A CSV file.

    Attributes:
        dialect: how its rows are written.
        header_lines: how many lines with a content lie before the first product.
    """

    table_format: ClassVar[TableFormat] = "csv"
    dialect: Dialect
    header_lines: int = 1

    def rows(self, needed: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the rows; see `Table.rows`."""
        assert self.encoding is not None
        with _opened(self.path, self.encoding) as lines:
            records = self.dialect.records(lines, len(self.columns))
            for cells, problem in islice(records, self.header_lines, None):
                if not self.is_header(cells):
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
    with _opened(path, found.name) as lines:
        sample = list(islice(filter(str.strip, lines), _SAMPLE_LINES))
    dialect, header = _layout(sample, _named_separator(path, found.name))
    separator = dialect.separator
    return DelimitedTable(
        path,
        header.names,
        dialect,
        header.lines,
        encoding=found.name,
        encoding_is_sure=found.sure,
        separator=None if separator == NO_SEPARATOR else separator,
    )


@contextmanager
def _opened(path: Path, encoding: str, whole: bool = False) -> Iterator[Iterator[str]]:
    """Yield the lines of a text file, without the one that only names its separator."""
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    with io.TextIOWrapper(byte_stream(path), encoding, errors, newline="") as file:
        yield iter(file) if whole else _without_separator_line(file)


def _without_separator_line(lines: Iterable[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        if place or not _SEPARATOR_LINE.match(line):
            yield line


def _named_separator(path: Path, encoding: str) -> str | None:
    """Return the separator that the first line names (`sep=;`), if it does."""
    with _opened(path, encoding, whole=True) as lines:
        found = _SEPARATOR_LINE.match(next(lines, "")[:20])
    return found.group(1) if found else None


def _layout(lines: Sequence[str], separator: str | None = None) -> tuple[Dialect, Header]:
    """Return the dialect in which the first lines make most sense, and the header then.

    A file has one column where no separator gives a header of two names or more.
    """
    several = (separator,) if separator else _SEPARATORS
    candidates = [Dialect(each) for each in several if any(each in line for line in lines)]
    if any('\\"' in line for line in lines):
        candidates += [Dialect(each.separator, escaped=True) for each in candidates]
    wrapped = [Dialect(each.separator, wrapped=True) for each in candidates]
    alone = [Dialect(NO_SEPARATOR)]
    problem: CatalogError | None = None
    # A row that is one quoted cell is unwrapped only where nothing else has columns.
    for group in (candidates, wrapped if _all_quoted(lines) else [], alone):
        found = []
        for dialect in group:
            try:
                score, header = _scored(lines, dialect)
            except CatalogError as error:
                problem = problem or error
                continue
            if group is alone or len(header.names) > 1:
                found.append((score, dialect, header))
        known = [each for each in found if each[2].known]
        if known or (found and problem is None):
            _score, dialect, header = max(found, key=lambda each: each[0])
            return dialect, header
    assert problem is not None
    raise problem


def _all_quoted(lines: Sequence[str]) -> bool:
    return all(line.startswith('"') and line.rstrip().endswith('"') for line in lines)


def _scored(lines: Sequence[str], dialect: Dialect) -> tuple[tuple[float, ...], Header]:
    """Return how much sense lines make in a dialect, the highest best, and their header."""
    records = list(dialect.records(iter(lines)))
    header = find_header([cells for cells, _problem in records[:LINES_LOOKED_AT]])
    width = len(header.names)
    products = [cells for cells, _problem in records[header.lines :]]
    # A row may lack its last cells; one that is too wide was split where nothing ends.
    fitting = sum(_filled(cells) <= width for cells in products)
    share = round(fitting / len(products), 1) if products else 1.0
    problems = sum(problem is not None for _cells, problem in records)
    return (header.known, share, -problems, width), header


def _filled(cells: Sequence[str]) -> int:
    """Return how many cells a row has without the empty ones at its end."""
    return max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)
