"""Excel workbooks: the sheet that holds products, and its cells as Excel shows them."""

from __future__ import annotations

import datetime
import re
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, ClassVar

from rakuten_core.data.tables.headers import LINES_LOOKED_AT, Header, find_header
from rakuten_core.data.tables.table import Row, Table, TableFormat
from rakuten_core.errors import CatalogError
from rakuten_core.language import _, listing, number
from rakuten_core.limits import limits
from rakuten_core.text.markup import without_accents

# Excel's own limit: a row beyond it was made to harm.
_MOST_ROWS = 1_048_576
# What openpyxl says of names and styles that it leaves out is no concern of whoever asks.
warnings.filterwarnings("ignore", module=r"openpyxl\.")
_ZEROS = re.compile(r"0{2,}")
# How Excel writes control characters in texts: `_x000D_` is a line break.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Strict Open XML names the same things otherwise; openpyxl knows the usual names only.
_STRICT = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    ),
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ),
}
# Written by some tools, refused by openpyxl.
_EMPTY_FILL = re.compile(rb"<((?:\w+:)?)fill\s*/>|<((?:\w+:)?)fill>\s*</(?:\w+:)?fill>")

_NOTICES = ("notice", "instruction", "aide", "lisez", "readme", "help", "exemple", "example")

Line = list[Any]


@dataclass(frozen=True)
class _Formula:
    """A cell that holds a formula, and what it last came to, if the workbook says so."""

    place: str
    value: Any
    is_unknown: bool


@dataclass(frozen=True)
class WorkbookTable(Table):
    """A sheet of an Excel workbook.

    Attributes:
        header_lines: how many lines with a content lie before the first product.
    """

    table_format: ClassVar[TableFormat] = "excel"
    header_lines: int = 1

    def rows(self, needed: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the rows; see `Table.rows`."""
        with _opened(self.path) as workbook:
            for line in islice(
                _lines(workbook, self.sheet or "", self.path), self.header_lines, None
            ):
                if not self.is_header(_shown(line)):
                    yield self._row(line, needed)

    def _row(self, line: Line, needed: Collection[str] | None) -> Row:
        problems = []
        # Excel does not keep empty cells at the end of a row.
        filled = chain(line, [None] * (len(self.columns) - len(line)))
        values = dict(zip(self.columns, filled, strict=False))
        if len(line) > len(self.columns):
            problems.append(
                _("the row has {received} columns instead of {expected}").format(
                    received=len(line), expected=len(self.columns)
                )
            )
        for name, value in values.items():
            if isinstance(value, _Formula):
                values[name] = value.value
                if value.is_unknown and (needed is None or name in needed):
                    problems.append(
                        _(
                            "cell {cell} holds a formula without a result: copy all, then paste as "
                            "values"
                        ).format(cell=value.place)
                    )
        return Row(values, "; ".join(problems) or None)


def open_workbook(path: Path, sheet: str | None = None) -> WorkbookTable:
    """Return the sheet of a workbook that holds products.

    Hidden sheets are passed over; of the others, the one whose header names most fields of a
    product is taken, the first of several.

    Args:
        path: of the file.
        sheet: the one to read, where it is known.

    Raises:
        CatalogError: it is no workbook, has a password, is damaged, too large or empty, or has no
            such sheet.
        OSError: it cannot be read.
    """
    found: dict[str, Header] = {}
    ranks: dict[str, tuple[bool, bool, int]] = {}
    problem: CatalogError | None = None
    with _opened(path) as workbook:
        for each in workbook.worksheets:
            if each.sheet_state != "visible" and each.title != sheet:
                continue
            lines = list(islice(_lines(workbook, each.title, path), LINES_LOOKED_AT))
            if not lines:
                continue
            try:
                header = find_header([_shown(line) for line in lines])
                found[each.title] = header
                has_rows = len(lines) > header.lines
                ranks[each.title] = (has_rows, not _is_notice(each.title), header.known)
            except CatalogError as error:
                problem = problem or error
    if sheet is not None and sheet not in found:
        raise problem or CatalogError(
            _("{name} has no sheet {sheet}. Its sheets: {sheets}.").format(
                name=path.name, sheet=repr(sheet), sheets=listing(list(found))
            )
        )
    if not found:
        raise problem or CatalogError(_("The file is empty: its first row must name the columns."))
    chosen = sheet or max(ranks, key=ranks.__getitem__)
    header = found[chosen]
    return WorkbookTable(path, header.names, header.lines, sheet=chosen, sheets=tuple(found))


def _is_notice(title: str) -> bool:
    """Return whether a sheet explains how to fill in the others."""
    plain = without_accents(title).lower()
    return any(word in plain for word in _NOTICES)


def _shown(line: Line) -> Line:
    return [cell.value if isinstance(cell, _Formula) else cell for cell in line]


@contextmanager
def _opened(path: Path, with_results: bool = False) -> Iterator[Any]:
    """Yield a workbook; `with_results` gives what formulas came to instead of the formulas."""
    _check_size(path)
    from openpyxl import load_workbook

    def load(file: IO[bytes]) -> Any:
        return load_workbook(file, read_only=True, data_only=with_results)

    # Opened here: openpyxl goes by the name, and a workbook may be called .csv.
    with path.open("rb") as file, tempfile.TemporaryFile() as repaired:
        try:
            try:
                workbook = load(file)
                if not workbook.worksheets:
                    workbook.close()
                    raise TypeError
            except TypeError:
                _repair(path, repaired)
                workbook = load(repaired)
        except MemoryError:
            raise
        except Exception as error:
            # openpyxl raises what it will on damaged files: KeyError, ParseError, BadZipFile, ...
            raise _damaged(path, error) from error
        # Dates are recognised here: openpyxl makes an article number that is formatted as a
        # date an error, and keeps nothing of it.
        workbook._date_formats, workbook._timedelta_formats = set(), set()
        try:
            yield workbook
        finally:
            workbook.close()


def _repair(path: Path, repaired: IO[bytes]) -> None:
    """Write a workbook with the names and styles that openpyxl knows."""
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(repaired, "w") as written:
        for member in given.infolist():
            content = given.read(member)
            if member.filename.endswith((".xml", ".rels")):
                for strict, usual in _STRICT.items():
                    content = content.replace(strict, usual)
                if member.filename.endswith("styles.xml"):
                    content = _EMPTY_FILL.sub(rb"<\1\2fill><\1\2patternFill/></\1\2fill>", content)
            written.writestr(member.filename, content, zipfile.ZIP_DEFLATED)


def _lines(workbook: Any, title: str, path: Path) -> Iterator[Line]:
    """Yield the lines of a sheet that hold anything, as texts and formulas."""
    sheet = next((each for each in workbook.worksheets if each.title == title), None)
    if sheet is None:
        return
    # What a workbook says of its own size may be wrong.
    sheet.reset_dimensions()
    results = _Results(path, title)
    try:
        for row, cells in enumerate(sheet.iter_rows(max_row=_MOST_ROWS)):
            line = [_content(cell, workbook, row, results) for cell in cells]
            while line and line[-1] is None:
                line.pop()
            if any(cell is not None and str(cell).strip() for cell in _shown(line)):
                yield line
    except (CatalogError, MemoryError):
        raise
    except Exception as error:
        raise _damaged(path, error) from error
    finally:
        results.close()


class _Results:
    """What the formulas of a sheet came to; the workbook is opened again at the first one."""

    def __init__(self, path: Path, title: str) -> None:
        self._path, self._title = path, title
        self._rows: Iterator[Any] | None = None
        self._row, self._cells = -1, ()
        self._close: Callable[[], Any] = lambda: None

    def of(self, row: int, column: int) -> Any:
        """Return the cell at a place, both from 0; None where there is none."""
        if self._rows is None:
            opened = _opened(self._path, with_results=True)
            workbook = opened.__enter__()
            self._close = lambda: opened.__exit__(None, None, None)
            sheet = workbook[self._title]
            sheet.reset_dimensions()
            self._rows = sheet.iter_rows(max_row=_MOST_ROWS)
        while self._row < row:
            self._cells = next(self._rows, ())
            self._row += 1
        return self._cells[column] if column < len(self._cells) else None

    def close(self) -> None:
        """Close the workbook, if it was opened."""
        self._close()


def _content(cell: Any, workbook: Any, row: int, results: _Results) -> Any:
    if cell.value is None:
        return None
    if cell.data_type == "f":
        result = results.of(row, cell.column - 1)
        value = None if result is None else _cell_text(result, workbook)
        # An empty text and an error are results; a number without a value was never computed.
        unknown = result is None or (result.value is None and result.data_type == "n")
        return _Formula(cell.coordinate, value, unknown)
    return _cell_text(cell, workbook)


def _cell_text(cell: Any, workbook: Any) -> str | None:
    """Return the text that Excel shows of a cell; None where it shows nothing, or an error."""
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    value = cell.value
    if value is None or value == "" or cell.data_type == "e":
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float)):
        layout = getattr(cell, "number_format", None) or "General"
        if is_date_format(layout):
            try:
                value = from_excel(value, workbook.epoch)
            except (OverflowError, ValueError):
                return _number_text(value, layout)
        else:
            return _number_text(value, layout)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return _ESCAPED.sub(_unescaped, str(value)) or None


def _unescaped(match: re.Match[str]) -> str:
    letter = chr(int(match.group(1), 16))
    return "\n" if letter == "\r" else letter


def _number_text(value: float, layout: str) -> str:
    """Return a number without an exponent, with the leading zeros of its format."""
    if not float(value).is_integer():
        return str(value)
    shortest = layout.partition(";")[0]
    digits = len(shortest) if _ZEROS.fullmatch(shortest) else 0
    return str(int(value)).zfill(digits)


def _damaged(path: Path, error: Exception) -> CatalogError:
    return CatalogError(
        _("{name} is not a complete Excel workbook: {error}. Save it again as .xlsx.").format(
            name=path.name, error=str(error) or type(error).__name__
        )
    )


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _damaged(path, error) from error
    most = limits().workbook_mb
    if size > most * 10**6:
        raise CatalogError(
            _("{name} unpacks to {size} MB; at most {most} MB are read.").format(
                name=path.name, size=number(size / 1e6), most=number(most)
            )
        )
