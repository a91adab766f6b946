"""In which encoding a text file is written, and cells that a spreadsheet would run."""

import codecs
from pathlib import Path

from rakuten_core.errors import CatalogError
from rakuten_core.language import _

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK = 2**20
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file: by its byte order mark, else UTF-8, else Windows-1252.

    The whole file is decoded to find out, so that nothing that follows can be mangled.

    Raises:
        CatalogError: the file is none of these, and what to do about it.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_BLOCK)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return _checked(path, name)
    # Text without a mark holds no nul byte, unless it is of two bytes a letter.
    if b"\0" in start:
        even, odd = start[0::2].count(0), start[1::2].count(0)
        return _checked(path, "utf-16-le" if odd > even else "utf-16-be")
    try:
        return _checked(path, "utf-8")
    except CatalogError:
        return _checked(path, "cp1252")


def _checked(path: Path, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise CatalogError(
                _(
                    "{path} is not text in UTF-8, UTF-16 or Windows-1252 ({error}). Save it as "
                    "CSV in UTF-8."
                ).format(path=path.name, error=error)
            ) from error
    return encoding


def safe_cell(text: str) -> str:
    """Return a text that a spreadsheet shows and does not run as a formula.

    A cell that starts like a formula gets an apostrophe before it, as OWASP's page on CSV injection
    says; numbers, negative ones too, stay as they are.
    """
    if not text.startswith(_FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
