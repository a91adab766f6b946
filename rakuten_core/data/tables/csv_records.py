"""The rows of a CSV text, each mended on its own where quotation marks went wrong."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rakuten_core.language import _

# What no text holds: a file of one column has no separator.
NO_SEPARATOR = "\x1f"
_LARGEST_CELL = 2**25
# A description may have line breaks in it; where this many lines make one row, a quotation mark was
# not closed.
_MOST_LINES = 2_000
# After this many quotation marks that are not closed, none is trusted to hold line breaks.
_MOST_UNCLOSED = 50
# A row that is not proper CSV is mended with at most this many lines.
_MOST_MENDED = 50


@dataclass(frozen=True)
class Dialect:
    r"""How the rows of a CSV text are written.

    Attributes:
        separator: of the cells; `NO_SEPARATOR` where there is one column.
        escaped: whether a quotation mark inside a quoted cell is written `\"`, as MySQL does.
        wrapped: whether each row as a whole is one quoted cell, as a second export makes of it.
    """

    separator: str
    escaped: bool = False
    wrapped: bool = False

    @property
    def _options(self) -> dict[str, Any]:
        # Strict: a quotation mark that is never closed would take the rest of the file into a cell.
        escape = {"escapechar": "\\"} if self.escaped else {}
        return {
            "delimiter": self.separator,
            "skipinitialspace": True,
            "strict": True,
        } | escape

    def records(
        self, lines: Iterator[str], width: int | None = None
    ) -> Iterator[tuple[list[str], str | None]]:
        """Yield the cells of each row that holds any, and what is wrong with its quotation marks.

        Args:
            lines: of the text.
            width: how many cells a row has, where that is known.
        """
        csv.field_size_limit(_LARGEST_CELL)
        source = _Lines(_unwrapped(lines) if self.wrapped else lines)
        reader = csv.reader(source, **self._options)
        unclosed = 0
        while True:
            source.taken = []
            problem = None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                long = len(source.taken) > 1
                cells, used, problem = self._mended(source, width)
                source.put_back(used)
                unclosed += long and problem is not None
                if unclosed >= _MOST_UNCLOSED:
                    source.most = 1
            else:
                if self._is_unquoted(source.taken, width):
                    cells = self._split(source.taken[0])
                    source.put_back(1)
            if any(cell.strip() for cell in cells):
                yield cells, problem

    def _split(self, line: str) -> list[str]:
        return line.rstrip("\r\n").split(self.separator)

    def _is_unquoted(self, taken: Sequence[str], width: int | None) -> bool:
        """Return whether lines that were read as one row are rows of a feed that quotes nothing.

        Tab-separated feeds of shops do: a quotation mark at the start of a cell is a mark.
        """
        return (
            self.separator == "\t"
            and len(taken) > 1
            and width is not None
            and all(len(self._split(line)) == width for line in taken)
        )

    def _mended(self, source: _Lines, width: int | None) -> tuple[list[str], int, str | None]:
        """Return the cells of a row that is no proper CSV, how many lines it took, and a problem.

        Where quotation marks are escaped by a backslash, or nothing is quoted, as in tab-separated
        feeds, nothing is wrong.
        """
        first = source.taken[0]
        if self.separator == "\t":
            return self._split(first), 1, None
        if any('\\"' in line for line in source.taken):
            # The row may go on after the line at which the reader gave up.
            list(islice(source, max(0, _MOST_MENDED - len(source.taken))))
            escaped = self._options | {"escapechar": "\\"}
            for used in range(1, min(len(source.taken), _MOST_MENDED) + 1):
                try:
                    cells = next(csv.reader(source.taken[:used], **escaped))
                except (csv.Error, StopIteration):
                    continue
                if width is None or len(cells) == width:
                    return cells, used, None
        try:
            cells = next(csv.reader([first], **(self._options | {"strict": False})))
        except (csv.Error, StopIteration):
            cells = []
        if width is not None and len(cells) != width and len(self._split(first)) == width:
            cells = [cell.strip('"') for cell in self._split(first)]
        return (
            [cell.rstrip("\r\n") for cell in cells] or self._split(first),
            1,
            _("a quotation mark is not closed, or stands inside a quoted text"),
        )


class _Lines:
    """Physical lines, which can be put back where they turn out not to be of one row.

    Args:
        lines: of the file.

    Attributes:
        taken: the lines given since it was last emptied.
        most: how many are given until then: beyond it the lines seem to end.
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


def _unwrapped(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        try:
            (inside,) = next(csv.reader([line], delimiter=NO_SEPARATOR, strict=True))
        except (csv.Error, StopIteration, ValueError):
            yield line
        else:
            yield f"{inside}\n"
