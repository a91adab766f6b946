"""What every table is, whatever the file that it stands in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

TableFormat = Literal["csv", "jsonl", "excel", "parquet"]
SUFFIXES = (
    *(".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx", ".xlsm", ".parquet", ".gz"),
)
"""How names of files end that hold tables; their content tells the format."""


@dataclass(frozen=True)
class Row:
    """A row by the names of its columns, and what is wrong with it (None: nothing)."""

    values: dict[str, Any]
    problem: str | None = None


@dataclass(frozen=True)
class Table(ABC):
    """A table that has been looked at, and can be read from its start any number of times.

    Attributes:
        table_format: of the file.
        path: of the file.
        columns: names, none twice, none empty.
        encoding: of a text file.
        encoding_is_sure: whether no other encoding would read as well.
        separator: of a CSV file; None where there is one column.
        sheet: of a workbook, the one that is read.
        sheets: of a workbook, all that a person sees and that hold anything.
    """

    table_format: ClassVar[TableFormat]
    path: Path
    columns: tuple[str, ...]
    encoding: str | None = field(default=None, kw_only=True)
    encoding_is_sure: bool = field(default=True, kw_only=True)
    separator: str | None = field(default=None, kw_only=True)
    sheet: str | None = field(default=None, kw_only=True)
    sheets: tuple[str, ...] = field(default=(), kw_only=True)

    def is_header(self, cells: Sequence[Any]) -> bool:
        """Return whether a line only names the columns: files that were joined repeat theirs."""
        return tuple(" ".join(str(cell or "").split()) for cell in cells[: len(self.columns)]) == (
            self.columns
        )

    @abstractmethod
    def rows(self, needed: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the rows as they are read.

        Args:
            needed: columns without which a row is of no use; what is wrong with the others is not
                reported, and they may be left out. None: every column.

        Raises:
            CatalogError: the file is damaged further down.
        """

    def whole_rows(self, needed: Collection[str]) -> Iterator[Row]:
        """Yield the rows with every column: what cannot be read of one that is not needed is None.

        It raises what `rows` raises.
        """
        yield from self.rows(needed)

    def carried(self) -> Iterator[Row]:
        """Yield the rows with every column, to be handed on as they are."""
        yield from self.whole_rows([])

    def count(self) -> int:
        """Return how many rows there are; it raises what `rows` raises.

        Of a Parquet file only the description is read: what is damaged further down, `rows` finds.
        """
        return sum(1 for _row in self.rows([]))
