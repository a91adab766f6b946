"""In which encoding a text file is written, and cells that a spreadsheet would run."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rakuten_core.errors import CatalogError
from rakuten_core.language import _, number
from rakuten_core.limits import limits

FRENCH_ENCODINGS = ("cp1252", "cp850", "mac_roman", "iso8859-15")
"""In which a French Excel, of Windows, of MS-DOS or of a Mac, writes text that is not Unicode."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GZIP = b"\x1f\x8b"
_BLOCK = 2**20
# Bytes of lines that are not ASCII, by which encodings are distinguished.
_MOST_COMPARED = 2**17
_LINE_ENDS = re.compile(rb"[\r\n]+")
# Full-width signs too: East Asian spreadsheets take them for the others.
_FORMULA_STARTS = (*"=+-@\t\r\n", *"＝＋－＠")
_TEXTS = re.compile(r"utf-(8|16|32)|cp\d|iso8859|mac-|ascii$")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_LOWER = frozenset("éèêëàâçîïôùûœæ")
_UPPER = frozenset("ÉÈÊËÀÂÇÎÏÔÙÛŒÆ")
# In names from elsewhere.
_SELDOM = frozenset("äöüÄÖÜÿñ")
_ALONE = frozenset("àÀôÔ")
_SIGNS = frozenset("’‘“”«»…–—€°²³½×®™•\u00a0\u202f")
# How much the best encoding has to be ahead, per letter beyond ASCII, to be sure of.
_SURE_BY = 0.5


@dataclass(frozen=True)
class Encoding:
    """The encoding of a text file.

    Attributes:
        name: as Python names it.
        sure: whether no other encoding would give French letters as well.
    """

    name: str
    sure: bool = True


def byte_stream(path: Path) -> io.BufferedReader:
    """Return a file to be read, unpacked on the way where it is packed with gzip.

    Reading raises what `byte_blocks` raises.
    """
    return io.BufferedReader(_Blocks(byte_blocks(path)), _BLOCK)


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a stream.

    Args:
        blocks: in their order.
    """

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._left = blocks, memoryview(b"")

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, and return with how many bytes; 0 at the end."""
        if not self._left:
            self._left = memoryview(next(self._blocks, b""))
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def byte_blocks(path: Path) -> Iterator[bytes]:
    """Yield the content of a file, unpacked, in blocks.

    Raises:
        CatalogError: what it is packed with is damaged, or there is too much in it.
        OSError: it cannot be read.
    """
    read, most = 0, limits().table_unpacked_mb
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(_GZIP)) == _GZIP
            raw.seek(0)
            file: Any = gzip.GzipFile(fileobj=raw) if packed else raw
            while block := file.read(_BLOCK):
                read += len(block)
                if read > most * 10**6:
                    raise CatalogError(
                        _("{name} unpacks to more than {most} MB, which are not read.").format(
                            name=path.name, most=number(most)
                        )
                    )
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CatalogError(
            _("{name} is packed with gzip and damaged or incomplete: {error}.").format(
                name=path.name, error=error
            )
        ) from error


def checked_encoding(name: str) -> Encoding:
    """Return an encoding that a person named.

    Raises:
        CatalogError: texts are not written in it.
    """
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        known = ""
    if not _TEXTS.match(known):
        raise CatalogError(
            _("There is no encoding {encoding}. Known: utf-8, cp1252, cp850, mac_roman.").format(
                encoding=repr(name)
            )
        )
    # A byte order mark is not part of the first name.
    return Encoding("utf-8-sig" if known == "utf-8" else known)


def encoding_of(path: Path) -> Encoding:
    """Return the encoding of a text file: by its byte order mark, else Unicode, else a French one.

    The whole file is looked at, so that nothing that follows is mangled. A file of which most
    letters beyond ASCII are UTF-8 is UTF-8, even where a byte is damaged or the end is cut off:
    what cannot be read is that row's problem. Others are distinguished by their French letters.

    Raises:
        CatalogError: the file is no text, and what to do about it.
        OSError: the file cannot be read.
    """
    blocks = byte_blocks(path)
    start = next(blocks, b"")
    for mark, name in _MARKS:
        if start.startswith(mark):
            return Encoding(name)
    # Text of two bytes a letter has a nul in every other place; elsewhere it is damage.
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) > len(start) / 5 and max(even, odd) > 4 * min(even, odd):
        return Encoding("utf-16-le" if odd > even else "utf-16-be")
    if sum(start.count(byte) for byte in range(1, 9)) + even + odd > max(20, len(start) / 50):
        raise CatalogError(
            _("{name} is not a text file. Save the table as CSV in UTF-8, or as .xlsx.").format(
                name=path.name
            )
        )
    valid, invalid, telling = _letters(path)
    if valid >= invalid:
        return Encoding("utf-8")
    return _french_encoding(telling)


def _letters(path: Path) -> tuple[int, int, bytes]:
    """Return how many letters beyond ASCII are UTF-8, how many bytes are not, and lines of both."""
    valid = invalid = 0
    telling = bytearray()
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for block in byte_blocks(path):
        for letter in _BEYOND_ASCII.findall(decoder.decode(block)):
            if "\udc80" <= letter <= "\udcff":
                invalid += 1
            else:
                valid += 1
        if not block.isascii() and len(telling) < _MOST_COMPARED:
            for line in _LINE_ENDS.split(block):
                if not line.isascii() and len(telling) < _MOST_COMPARED:
                    telling += line[:_MOST_COMPARED] + b"\n"
    invalid += len(decoder.decode(b"", final=True))
    return valid, invalid, bytes(telling)


def _french_encoding(telling: bytes) -> Encoding:
    """Return the encoding in which bytes are most French."""
    letters = sum(byte > 127 for byte in telling)
    scores = {name: _frenchness(telling.decode(name, "replace")) for name in FRENCH_ENCODINGS}
    best, second = sorted(scores.values(), reverse=True)[:2]
    # Both of Windows: they differ in a few signs only, so that one of them being as good is no
    # doubt.
    name = max(FRENCH_ENCODINGS, key=scores.__getitem__)
    if name in ("cp1252", "iso8859-15"):
        second = max(scores["cp850"], scores["mac_roman"])
    return Encoding(name, best - second >= _SURE_BY * letters)


def _frenchness(text: str) -> float:
    """Return how much of what is beyond ASCII are French letters where French has them."""
    score = 0.0
    for match in _BEYOND_ASCII.finditer(text):
        place, letter = match.start(), match.group()
        before, after = text[max(0, place - 1) : place], text[place + 1 : place + 2]
        in_a_word = before.isalpha() or after.isalpha() or letter in _ALONE
        if letter in _LOWER:
            score += 1 if in_a_word and not (before.isupper() and after.isupper()) else -0.5
        elif letter in _UPPER:
            score += 1 if in_a_word and not before.islower() else -1
        elif letter in _SELDOM:
            score += 0.25 if in_a_word else -1
        elif letter in _SIGNS:
            score += 1 if letter == "’" and before.isalpha() and after.isalpha() else 0.3
        else:
            score -= 1
    return score


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
