"""What a file holds, by its content: names lie, and shops rename."""

from __future__ import annotations

import zipfile
from pathlib import Path

from rakuten_core.data.encodings import byte_blocks
from rakuten_core.data.tables.delimited import open_delimited
from rakuten_core.data.tables.json_lines import open_json
from rakuten_core.data.tables.parquet_files import open_parquet
from rakuten_core.data.tables.table import Table
from rakuten_core.data.tables.workbooks import open_workbook
from rakuten_core.errors import CatalogError
from rakuten_core.language import N_, _

FORMATS = "CSV, Excel (.xlsx), JSON, Parquet"
"""What can be read, as people name it."""
# What Office writes when a workbook has a password; an old .xls starts so too.
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_OTHERS = {
    b"%PDF": N_("a PDF document"),
    b"\x89PNG": N_("a picture"),
    b"\xff\xd8\xff": N_("a picture"),
    b"GIF8": N_("a picture"),
    b"Rar!": N_("a RAR archive"),
    b"7z\xbc\xaf": N_("a 7z archive"),
    b"<!DOCTYPE": N_("an HTML page"),
    b"<html": N_("an HTML page"),
    b"<?xml": N_("an XML file"),
}


def open_table(path: Path, encoding: str | None = None, sheet: str | None = None) -> Table:
    """Return a table whose format, columns, encoding and separator have been found out.

    Args:
        path: of the file: CSV (any separator; UTF-8, UTF-16, Windows-1252, MS-DOS or Mac Roman),
            JSON (an object per line or an array), packed with gzip or not; Excel as `.xlsx`;
            Parquet. Its name does not matter.
        encoding: of a text file, where it is known.
        sheet: of a workbook, where it is known.

    Raises:
        CatalogError: it is no such file, is empty, has no header or too many columns.
    """
    try:
        start = next(byte_blocks(path), b"")
        if start.startswith(b"PAR1"):
            return open_parquet(path)
        if start.startswith(b"PK\x03\x04"):
            _check_workbook(path)
            return open_workbook(path, sheet)
        _refuse_others(path, start)
        # Nul bytes and marks before the first letter do not matter here.
        plain = start[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        if plain.startswith((b"{", b"[")):
            return open_json(path, encoding)
        return open_delimited(path, encoding)
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror or error}.") from error


def _refuse_others(path: Path, start: bytes) -> None:
    if start.startswith(_COMPOUND_FILE):
        raise CatalogError(
            _(
                "{name} has a password, or is an old .xls workbook. Save it as .xlsx without a "
                "password."
            ).format(name=path.name)
        )
    for mark, what in _OTHERS.items():
        if start.lstrip(b"\xef\xbb\xbf \r\n")[: len(mark)].lower() == mark.lower():
            raise CatalogError(
                _("{name} is {what}, none of the formats that can be read: {formats}.").format(
                    name=path.name, what=_(what), formats=FORMATS
                )
            )


def _check_workbook(path: Path) -> None:
    """Refuse a ZIP file that is no workbook, and say what it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        # Damaged: what reads workbooks says so.
        return
    if any(name.startswith("xl/") for name in names) or "[Content_Types].xml" in names:
        return
    what = (
        N_("an OpenDocument file: save it as .xlsx")
        if "content.xml" in names
        else N_("a ZIP file: give the table in it, and photos apart")
    )
    raise CatalogError(_("{name} is {what}.").format(name=path.name, what=_(what)))
