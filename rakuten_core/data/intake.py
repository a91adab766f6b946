"""A stranger's table and photos, read once and written as files of our own.

What it costs to read them cannot be known before, so `look_at` and `take_in` are run in a child
process (`rakuten_core.sandbox`). Whoever works with the products afterwards reads what `take_in`
has written: texts of a bounded length, and photos by the name of a member of a ZIP file.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rakuten_core.data.cell_values import shown, text_of
from rakuten_core.data.embedded_photos import base64_content, embedded_photo
from rakuten_core.data.photo_sources import (
    PhotoReference,
    PhotoSource,
    PhotoSurvey,
    given_photo,
)
from rakuten_core.data.product_columns import (
    PRODUCT_FIELDS,
    ROWS_SEEN,
    TableLayout,
    check_survey,
    fields_of,
    find_columns,
    text_columns,
)
from rakuten_core.data.tables import Row, open_table
from rakuten_core.data.taken_files import (
    EMBEDDED_FILE,
    GIVEN_FILE,
    PHOTOS_FILE,
    PRODUCTS_FILE,
    REFERENCES_FILE,
)
from rakuten_core.errors import CatalogError, ImageError, LimitError, RakutenError, TextError
from rakuten_core.images.decoding import check_image
from rakuten_core.language import _, number
from rakuten_core.limits import limits
from rakuten_core.text.markup import writable

_PREVIEW_ROWS = 5
_SEEN_LETTERS = 120
_ROWS_OF_A_GROUP, _LETTERS_OF_A_GROUP = 2_000, 4_000_000
_LONGEST_NAME = 2_000
_PRODUCT_SCHEMA = pa.schema([(name, pa.string()) for name in (*PRODUCT_FIELDS, "problem")])
_REFERENCE_SCHEMA = pa.schema(
    {"archive": pa.string(), "member": pa.string(), "problem": pa.string()}
)


@dataclass(frozen=True)
class TableView:
    """What is seen of a table before it is taken in.

    Attributes:
        columns: all names.
        rows: how many there are.
        preview: the first rows, as texts by column.
        found: which column holds which of `PRODUCT_FIELDS`, as far as their names tell.
        text_columns: columns of texts.
        encoding: of a text file.
        encoding_is_sure: whether no other encoding would read as well.
        separator: of a CSV file.
        sheet: of a workbook, the one that was read.
        sheets: of a workbook, all that hold anything.
    """

    columns: tuple[str, ...]
    rows: int
    preview: list[dict[str, str]]
    found: dict[str, str]
    text_columns: tuple[str, ...]
    encoding: str | None
    encoding_is_sure: bool
    separator: str | None
    sheet: str | None
    sheets: tuple[str, ...]


@dataclass(frozen=True)
class TakenIn:
    """What was taken in.

    Attributes:
        columns: which column held which of `PRODUCT_FIELDS`.
        texts_left_out: columns of texts that were not read.
        rows: how many there were.
        photos: how many photos came as files.
        photos_named: how many rows name or hold a photo.
        photos_found: of how many of them it is there.
    """

    columns: dict[str, str]
    texts_left_out: list[str]
    rows: int
    photos: int
    photos_named: int
    photos_found: int


def look_at(path: Path, encoding: str | None = None, sheet: str | None = None) -> TableView:
    """Return what is seen of a table.

    Args:
        path: of the file.
        encoding: of a text file, where a person said it.
        sheet: of a workbook, where a person said it.

    Raises:
        CatalogError: it cannot be read; see `open_table`.
    """
    table = open_table(path, encoding, sheet)
    preview: list[dict[str, str]] = []

    def seen() -> Iterator[Row]:
        for row in islice(table.carried(), ROWS_SEEN):
            if len(preview) < _PREVIEW_ROWS:
                preview.append(
                    {name: as_text(row.values.get(name), _SEEN_LETTERS) for name in table.columns}
                )
            yield row

    texts = tuple(text_columns(seen(), table.columns))
    return TableView(
        table.columns,
        table.count(),
        preview,
        find_columns(table),
        texts,
        table.encoding,
        table.encoding_is_sure,
        table.separator,
        table.sheet,
        table.sheets,
    )


def take_in(
    source: Path, folder: Path, layout: TableLayout, most_rows: int, rows_hold_photos: bool = False
) -> TakenIn:
    """Read a table and write its products and all that was given into a folder.

    Photos are looked for in the folder's `photos.zip`, if there is one; those that rows hold
    themselves are written to `embedded.zip`, each once.

    Args:
        source: the table.
        folder: to write into; it is there.
        layout: what is known of the table; the rest is found out.
        most_rows: that are accepted.
        rows_hold_photos: whether the photo's column can only hold pictures, never names.

    Raises:
        LimitError: it has too many rows, or too much of something else.
        CatalogError: the table or the photos cannot be read, it has no rows, or none of the photos
            is of any row.
    """
    table, columns = layout.open(source)
    archive = folder / PHOTOS_FILE
    photos = PhotoSource(archive) if archive.is_file() else PhotoSource()
    left_out = [name for name in table.columns if name not in columns.values()]
    # A thousand rows may hold a thousand photos: only the texts are kept, and little of each.
    seen: list[Row] = []
    with _Embedded(folder / EMBEDDED_FILE, rows_hold_photos) as embedded:
        references: list[_Reference] = []

        def records() -> Iterator[tuple[dict[str, str | None], dict[str, str | None]]]:
            for place, row in enumerate(table.whole_rows(set(columns.values()))):
                if place >= most_rows:
                    raise _too_many_rows(most_rows)
                if place < ROWS_SEEN:
                    seen.append(_start_of(row, left_out))
                product = fields_of(row, columns)
                references.append(embedded.reference(product.values))
                yield _product_record(product, columns), _given_record(row, table.columns)

        _write_records(folder, table.columns, records())
    if not references:
        raise CatalogError(_("The file has a header and no rows."))
    survey = _write_references(folder / REFERENCES_FILE, references, photos)
    if archive.is_file():
        check_survey(survey, len(photos))
    return TakenIn(
        columns,
        text_columns(seen, left_out),
        len(references),
        len(photos),
        survey.named,
        survey.found,
    )


def _start_of(row: Row, names: Sequence[str]) -> Row:
    texts = {name: row.values.get(name) for name in names}
    return Row(
        {name: text[:_SEEN_LETTERS] for name, text in texts.items() if isinstance(text, str)}
    )


def _too_many_rows(most: int) -> LimitError:
    return LimitError(
        _(
            "The file has more than {most} rows, which are not accepted here. The command line "
            "takes any number: rakuten classify FILE --output OUT.csv"
        ).format(most=number(most))
    )


def as_text(value: Any, most: int) -> str:
    """Return the start of a value, of so many letters, as a cell shows it."""
    if isinstance(value, Mapping) and isinstance(value.get("bytes"), bytes):
        value = value["bytes"]
    return _("(a picture)") if isinstance(value, bytes) else writable(shown(value)[:most])


@dataclass(frozen=True)
class _Reference:
    """What a row says of its photo: a picture that was written, or what tells its name."""

    member: str | None
    values: dict[str, Any]
    problem: str | None = None


class _Embedded:
    """The photos that rows hold themselves, each written once.

    Args:
        path: of the ZIP file; made when the first photo is written.
        only_pictures: whether a text can only be a picture in base64.
    """

    def __init__(self, path: Path, only_pictures: bool) -> None:
        self._path, self._only_pictures = path, only_pictures
        self._archive: zipfile.ZipFile | None = None
        self._written: set[str] = set()

    def __enter__(self) -> _Embedded:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._archive is not None:
            self._archive.close()

    def reference(self, values: Mapping[str, Any]) -> _Reference:
        """Return what a row says of its photo; a picture in it is written."""
        photo = given_photo(values.get("photo"))
        content = self._content(photo)
        if content is None:
            photo = photo[:_LONGEST_NAME] if isinstance(photo, str) else None
            known = {"photo": photo} | {name: values.get(name) for name in ("imageid", "productid")}
            return _Reference(None, known)
        try:
            check_image(content)
        except ImageError as error:
            return _Reference(None, {}, str(error))
        name = hashlib.sha256(content).hexdigest()[:32]
        if name not in self._written:
            if self._archive is None:
                self._archive = zipfile.ZipFile(self._path, "w", zipfile.ZIP_STORED)
            self._archive.writestr(name, content)
            self._written.add(name)
        return _Reference(name, {})

    def _content(self, photo: str | bytes | None) -> bytes | None:
        if isinstance(photo, str):
            content = embedded_photo(photo)
            return base64_content(photo) if content is None and self._only_pictures else content
        return photo


def _product_record(product: Row, columns: Mapping[str, str]) -> dict[str, str | None]:
    record: dict[str, str | None] = dict.fromkeys((*PRODUCT_FIELDS, "problem"))
    problems = [product.problem] if product.problem else []
    for name, value in product.values.items():
        if name in ("designation", "description"):
            try:
                record[name] = writable(text_of(value, columns[name])) or None
            except TextError as error:
                problems.append(str(error))
        elif name == "photo":
            given = given_photo(value)
            if isinstance(given, str) and embedded_photo(given) is None:
                record[name] = writable(given[:_LONGEST_NAME])
        else:
            record[name] = writable(shown(value))[:_LONGEST_NAME] or None
    record["problem"] = writable("; ".join(problems)) or None
    return record


def _given_record(row: Row, names: Sequence[str]) -> dict[str, str | None]:
    most = limits().text_letters
    return {name: as_text(row.values.get(name), most) for name in names}


def _write_records(
    folder: Path,
    names: Sequence[str],
    records: Iterator[tuple[dict[str, str | None], dict[str, str | None]]],
) -> None:
    """Write products and all that was given, in groups of rows that fit into little memory."""
    given_schema = pa.schema([(name, pa.string()) for name in names])
    # Without dictionaries: what is read back costs no more than the file's own size.
    with (
        pq.ParquetWriter(
            folder / PRODUCTS_FILE, _PRODUCT_SCHEMA, compression="zstd", use_dictionary=False
        ) as products,
        pq.ParquetWriter(
            folder / GIVEN_FILE, given_schema, compression="zstd", use_dictionary=False
        ) as given,
    ):
        for group in _groups(records):
            products.write_table(
                pa.Table.from_pylist([each for each, _given in group], _PRODUCT_SCHEMA)
            )
            given.write_table(
                pa.Table.from_pylist([each for _product, each in group], given_schema)
            )


def _groups(
    records: Iterator[tuple[dict[str, str | None], dict[str, str | None]]],
) -> Iterator[list[tuple[dict[str, str | None], dict[str, str | None]]]]:
    group, letters = [], 0
    for each in records:
        group.append(each)
        letters += sum(len(text or "") for record in each for text in record.values())
        if len(group) >= _ROWS_OF_A_GROUP or letters >= _LETTERS_OF_A_GROUP:
            yield group
            group, letters = [], 0
    if group:
        yield group


def _write_references(
    path: Path, references: Sequence[_Reference], photos: PhotoSource
) -> PhotoSurvey:
    """Write in which ZIP file the photo of each row is, or what is wrong with it."""
    survey = photos.survey(each.values for each in references if each.member is None)
    held = sum(each.member is not None for each in references)
    refused = sum(each.problem is not None for each in references)
    records = []
    for each in references:
        member, problem = each.member, each.problem
        archive = EMBEDDED_FILE
        if member is None and problem is None:
            archive = PHOTOS_FILE
            try:
                found = photos.find(each.values)
                member = found.file if isinstance(found, PhotoReference) else None
            except RakutenError as error:
                problem = str(error)
        records.append(
            {"archive": archive if member else None, "member": member, "problem": problem}
        )
    pq.write_table(pa.Table.from_pylist(records, _REFERENCE_SCHEMA), path, compression="zstd")
    return PhotoSurvey(survey.named + held + refused, survey.found + held)
