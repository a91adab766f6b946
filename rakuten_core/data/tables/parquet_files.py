"""Parquet files: what is needed is decoded, what is damaged beside it does no harm."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from rakuten_core.data.tables.headers import checked_names
from rakuten_core.data.tables.table import Row, Table, TableFormat
from rakuten_core.errors import CatalogError
from rakuten_core.language import _

_MOST_ROWS_AT_ONCE, _BYTES_AT_ONCE = 256, 32_000_000
_LARGEST_DICTIONARY = 64_000_000


@dataclass(frozen=True)
class _Unreadable:
    """What stands in for a value that has no meaning, and why."""

    value: Any
    problem: str


@dataclass(frozen=True)
class ParquetTable(Table):
    """A Parquet file."""

    table_format: ClassVar[TableFormat] = "parquet"

    def rows(self, needed: Collection[str] | None = None) -> Iterator[Row]:
        """Yield the rows; see `Table.rows`.

        A column that is not needed and cannot be read is None.
        """
        every = range(len(self.columns))
        wanted = [place for place in every if needed is None or self.columns[place] in needed]
        if not wanted:
            yield from (Row({}) for _row in range(self.count()))
            return
        readers = [_values(self.path, place, self.columns[place]) for place in wanted]
        for values in zip(*readers, strict=True):
            yield self._row(wanted, values, self.columns)

    def whole_rows(self, needed: Collection[str]) -> Iterator[Row]:
        """Yield the rows with every column; see `Table.whole_rows`."""
        every = range(len(self.columns))
        readers = [
            (_values if name in needed else _or_none)(self.path, place, name)
            for place, name in enumerate(self.columns)
        ]
        for _row, *values in zip(range(self.count()), *readers, strict=False):
            yield self._row(every, values, needed)

    def _row(self, places: Sequence[int], values: Sequence[Any], needed: Collection[str]) -> Row:
        row, problems = dict[str, Any](), list[str]()
        for place, value in zip(places, values, strict=True):
            name = self.columns[place]
            if isinstance(value, _Unreadable):
                if name in needed:
                    problems.append(f"{name}: {value.problem}")
                value = value.value
            row[name] = value
        return Row(row, "; ".join(problems) or None)

    def count(self) -> int:
        """Return how many rows there are."""
        return _file(self.path).metadata.num_rows


def open_parquet(path: Path) -> ParquetTable:
    """Return a Parquet file.

    Raises:
        CatalogError: it is no such file, or has no columns or too many.
    """
    return ParquetTable(path, checked_names(_file(path).schema_arrow.names))


def _file(path: Path, read_dictionary: list[str] | None = None) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path, read_dictionary=read_dictionary)
    except MemoryError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        # A ValueError: names of columns that are not UTF-8.
        raise CatalogError(_("This is not a Parquet file: {error}.").format(error=error)) from error


@contextmanager
def _damage_told(column: str) -> Iterator[None]:
    """Raise what pyarrow raises as a CatalogError that names the column."""
    import pyarrow

    try:
        yield
    except MemoryError:
        # Also one of Arrow's own errors: the file is not damaged.
        raise
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise CatalogError(
            _("The column {column} of the Parquet file is damaged: {error}.").format(
                column=column, error=error
            )
        ) from error


def _values(path: Path, place: int, column: str) -> Iterator[Any]:
    """Yield the values of one column, or `_Unreadable`."""
    with _damage_told(column):
        for values in _batches(path, place):
            # One by one: a dictionary of one long value may stand for thousands.
            yield from map(_one, values)


def _batches(path: Path, place: int) -> Iterator[Any]:
    import pyarrow.types as types

    file = _file(path)
    names, kind = file.schema_arrow.names, file.schema_arrow.field(place).type
    is_bytes = types.is_string(kind) or types.is_binary(kind)
    if is_bytes and _largest_chunk(file.metadata, names[place]) <= _LARGEST_DICTIONARY:
        # A value that a dictionary holds once is not laid out for each row that it stands in.
        file = _file(path, [names[place]])
    # Of columns of one name, all are read: this one is the nth of them.
    nth = names[:place].count(names[place])
    rows = _rows_at_once(file.metadata)
    # Threads would take address space, which is limited where strangers' files are read.
    for batch in file.iter_batches(rows, columns=[names[place]], use_threads=False):
        yield batch.column(nth)


def _largest_chunk(metadata: Any, name: str) -> int:
    """Return how many bytes the largest part of a column has, unpacked."""
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    columns = [group.column(place) for group in groups for place in range(group.num_columns)]
    sizes = [each.total_uncompressed_size for each in columns if each.path_in_schema == name]
    return max(sizes, default=0)


def _rows_at_once(metadata: Any) -> int:
    """Return how many rows are decoded at once: photos are large."""
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    largest = max((each.total_byte_size // max(each.num_rows, 1) for each in groups), default=0)
    return max(1, min(_MOST_ROWS_AT_ONCE, _BYTES_AT_ONCE // max(largest, 1)))


def _or_none(path: Path, place: int, name: str) -> Iterator[Any]:
    with suppress(CatalogError):
        yield from _values(path, place, name)
    while True:
        yield None


def _one(scalar: Any) -> Any:
    import pyarrow

    if isinstance(scalar, pyarrow.DictionaryScalar):
        scalar = scalar.value
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        raw = scalar.cast(pyarrow.binary()).as_py()
        return _Unreadable(raw.decode("cp1252", "replace"), _("not UTF-8, read as Windows-1252"))
    except (ValueError, OverflowError) as error:
        return _Unreadable(None, str(error))
