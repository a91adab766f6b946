"""Which columns of a table say what of a product, and what its rows say then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from rakuten_core.data.cell_values import id_value, shown, text_value
from rakuten_core.data.column_names import TYPE_NAMES, columns_by_name, may_hold_types
from rakuten_core.data.photo_sources import PhotoSource, PhotoSurvey
from rakuten_core.data.tables import Row, Table, open_table
from rakuten_core.errors import CatalogError
from rakuten_core.language import N_, _, listing, number
from rakuten_core.taxonomy import CODES

PRODUCT_FIELDS: dict[str, str] = {
    "designation": N_("Title"),
    "description": N_("Description"),
    "productid": N_("Product's id"),
    "imageid": N_("Photo's id"),
    "photo": N_("Photo's file name"),
    "prdtypecode": N_("Type given"),
}
"""What can be read of a product, by the challenge's names, and what people call it."""
FIELD_NAMES: dict[str, str] = {
    "title": "designation",
    "description": "description",
    "id": "productid",
    "imageid": "imageid",
    "photo": "photo",
    "type": "prdtypecode",
}
"""How commands and programs name these fields."""

TELLING_FIELDS = ("designation", "description", "photo", "imageid")
"""Fields of which a table needs at least one."""
_VALUES = {"designation": text_value, "description": text_value, "productid": id_value}
ROWS_SEEN = 1000
"""Rows from which it is seen what a column holds."""
_WORDS = re.compile(r"\w{2,}")
_WORDS_OF_A_TEXT = 3


@dataclass(frozen=True)
class TableLayout:
    """What is known of a table before it is opened; the rest is found out.

    Attributes:
        columns: which of its columns holds which field, by `FIELD_NAMES` or `PRODUCT_FIELDS`.
        encoding: of a text file.
        sheet: of a workbook.
        complete: whether `columns` names all that is to be read; the others are not looked for.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    sheet: str | None = None
    complete: bool = False

    def open(self, path: Path) -> tuple[Table, dict[str, str]]:
        """Return a table, and which of its columns holds which field of a product.

        Raises:
            CatalogError: it cannot be read, a column is not there, or none says anything of a
                product.
        """
        table = open_table(path, self.encoding, self.sheet)
        columns = (
            _checked(table, self.columns) if self.complete else find_columns(table, self.columns)
        )
        check_columns(table, columns)
        return table, columns


def columns_from_words(words: Iterable[str]) -> dict[str, str]:
    """Return which column holds which field, as people write it: `title=Nom commercial`.

    Raises:
        CatalogError: one of the words has no field or no column.
    """
    columns = {}
    for word in words:
        name, _equals, column = word.partition("=")
        if not name.strip() or not column.strip():
            raise CatalogError(
                _(
                    "Columns are named as FIELD=COLUMN, such as title=Libellé; received {received}."
                ).format(received=repr(word[:100]))
            )
        columns[name.strip()] = column
    return columns


def find_columns(table: Table, chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return which column holds which of `PRODUCT_FIELDS`.

    By their names, as shops' tools write them; a column is that of the type only where its values
    are types and, unless it is called so, some of them occur twice: article numbers are not.

    Args:
        table: whose columns are meant.
        chosen: columns that are known, by field.

    Raises:
        CatalogError: a chosen column is not there, or a field is unknown.
    """
    given = _checked(table, chosen or {})
    left = [name for name in table.columns if name not in given.values()]
    types = "prdtypecode" not in given and _column_of_types(table, may_hold_types(left))
    found = {"prdtypecode": types} if types else {}
    found |= columns_by_name([name for name in left if name != types])
    return {field: (found | given)[field] for field in PRODUCT_FIELDS if field in found | given}


def _checked(table: Table, chosen: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for given, column in chosen.items():
        name_of_field = FIELD_NAMES.get(given, given)
        if name_of_field not in PRODUCT_FIELDS:
            raise CatalogError(
                _("{field} is not known of a product. Known: {known}.").format(
                    field=given, known=listing(list(FIELD_NAMES))
                )
            )
        matches = [
            name for name in table.columns if name.casefold() == " ".join(column.split()).casefold()
        ]
        if not matches:
            raise CatalogError(
                _("There is no column {column}. Columns: {columns}.").format(
                    column=repr(column), columns=", ".join(table.columns[:40])
                )
            )
        found[name_of_field] = matches[0]
    return found


def _column_of_types(table: Table, candidates: Sequence[str]) -> str | None:
    """Return the first column whose values are types."""
    if not candidates:
        return None
    values: dict[str, list[str]] = {name: [] for name in candidates}
    for row in islice(table.rows(candidates), ROWS_SEEN):
        for name in candidates:
            text = id_value(row.values.get(name))
            if text and text.strip():
                values[name].append(text.strip().removesuffix(".0"))
    known = {str(code) for code in CODES}
    for name in candidates:
        codes = values[name]
        called_so = name.strip().lower() == TYPE_NAMES[0]
        if codes and set(codes) <= known and (called_so or len(set(codes)) < len(codes)):
            return name
    # The challenge's own name stands for types even where some are unknown: its rows say so.
    return next((name for name in candidates if name.strip().lower() == TYPE_NAMES[0]), None)


def texts_left_out(table: Table, columns: Mapping[str, str]) -> list[str]:
    """Return the columns of texts that none of the fields is read from."""
    left = [name for name in table.columns if name not in columns.values()]
    return text_columns(islice(table.carried(), ROWS_SEEN), left) if left else []


def text_columns(rows: Iterable[Row], among: Sequence[str]) -> list[str]:
    """Return the columns whose values are mostly texts of some words.

    Args:
        rows: by which it is seen.
        among: columns that are looked at.
    """
    words: dict[str, list[int]] = {name: [] for name in among}
    for row in rows:
        for name in among:
            value = row.values.get(name)
            if isinstance(value, str) and value.strip():
                words[name].append(len(_WORDS.findall(value)))
    return [
        name
        for name, counts in words.items()
        if sum(count >= _WORDS_OF_A_TEXT for count in counts) * 2 > len(counts)
    ]


def columns_in_words(table: Table, columns: Mapping[str, str]) -> list[str]:
    """Return sentences that say how a table was read, and which texts were left out."""
    labels = {_(PRODUCT_FIELDS[named]): column for named, column in columns.items()}
    read = ", ".join(f"{label} = {column}" for label, column in labels.items())
    sentences = [_("Columns read: {columns}.").format(columns=read)]
    if left := texts_left_out(table, columns):
        sentences.append(_("Texts left out: {columns}.").format(columns=", ".join(left)))
    if len(table.sheets) > 1:
        others = [name for name in table.sheets if name != table.sheet]
        sentences.append(
            _("Sheet read: {sheet}. Left out: {others}.").format(
                sheet=table.sheet, others=", ".join(others)
            )
        )
    if table.encoding:
        words = (
            _("Read as {encoding}.")
            if table.encoding_is_sure
            else _("Read as {encoding}, which is not sure: check the accents.")
        )
        sentences.append(words.format(encoding=table.encoding))
    return sentences


def check_columns(table: Table, columns: Mapping[str, str]) -> None:
    """Check that a table says something of a product.

    Raises:
        CatalogError: no column does.
    """
    if not set(columns) & set(TELLING_FIELDS):
        raise CatalogError(
            _(
                "No column says anything of a product. Expected: {expected}. Received: {received}."
            ).format(expected=listing(list(FIELD_NAMES)), received=", ".join(table.columns[:20]))
        )


def product_rows(table: Table, columns: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of a table, their values by the names of `PRODUCT_FIELDS`.

    Args:
        table: to read.
        columns: which of its columns holds which field.

    Raises:
        CatalogError: no column says anything of a product, or the file is damaged.
    """
    check_columns(table, columns)
    for row in table.rows(set(columns.values())):
        yield fields_of(row, columns)


def survey_photos(
    tables: Iterable[tuple[Table, Mapping[str, str]]], photos: PhotoSource
) -> PhotoSurvey:
    """Return how many rows of tables name a photo, and of how many it is there.

    Args:
        tables: each with its columns.
        photos: that came with them; which names mean another photo in another folder is known to
            it afterwards.

    Raises:
        CatalogError: there is no photo, or none of them is of any row.
    """
    needed = ("photo", "imageid", "productid")

    def rows() -> Iterator[Mapping[str, Any]]:
        for table, columns in tables:
            used = {name: columns[name] for name in needed if name in columns}
            if "photo" in used or "imageid" in used:
                yield from (row.values for row in product_rows(table, used))

    if not len(photos):
        raise CatalogError(_("There is no photo where the photos should be."))
    found = photos.survey(rows())
    check_survey(found, len(photos))
    return found


def check_survey(found: PhotoSurvey, photos: int) -> None:
    """Check that some of the photos that came with a table are of a row of it.

    Args:
        found: what was found of the rows.
        photos: how many came.

    Raises:
        CatalogError: no row names one, or none of those that are named is there.
    """
    if found.named + found.remote == 0:
        raise CatalogError(
            _(
                "Photos were given, and no column names them: choose the photo's column (in the "
                "command line: --columns photo=NAME)."
            )
        )
    if found.found + found.remote == 0:
        raise CatalogError(
            _(
                "None of the {count} photos that were given is one that the table names. Its names "
                "must be those of the files."
            ).format(count=number(photos))
        )


def fields_of(row: Row, columns: Mapping[str, str]) -> Row:
    """Return a row with its values by the names of `PRODUCT_FIELDS`."""
    values: dict[str, Any] = {}
    for named, column in columns.items():
        value = _VALUES.get(named, _same)(row.values.get(column))
        if value is not None:
            values[named] = value
    return Row(values, row.problem)


def _same(value: Any) -> Any:
    return None if isinstance(value, str) and shown(value) == "" else value
