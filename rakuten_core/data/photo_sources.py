"""The photos that come with a table: in a folder, in a ZIP file, in the row, or somewhere to fetch.

A photo is found by the name in the row's column `photo`, or by the challenge's naming from
`imageid` and `productid`.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rakuten_core.data.cell_values import is_missing, is_no_text
from rakuten_core.data.embedded_photos import embedded_photo
from rakuten_core.data.photo_archives import names_of, open_archive, read_member
from rakuten_core.data.photo_names import PhotoNames, ambiguous_names, is_photo_name
from rakuten_core.data.photos import photo_name
from rakuten_core.data.remote_photos import RemotePhotos, is_address
from rakuten_core.errors import CatalogError
from rakuten_core.language import _
from rakuten_core.limits import limits

_BETWEEN_ADDRESSES = re.compile(r"[|,;\s]\s*(?=\w+://|//)")


@dataclass(frozen=True)
class PhotoReference:
    """A photo that is read when it is needed.

    Attributes:
        name: as the row calls it.
        read: returns its bytes; it raises a CatalogError where it cannot be read.
        file: its path in the folder or ZIP file that it is in.
    """

    name: str
    read: Callable[[], bytes]
    file: str | None = None


@dataclass(frozen=True)
class PhotoSurvey:
    """How many rows name a photo, of how many it is at hand, and how many give an address.

    What is behind an address is not known before it is asked for: it counts as named only where it
    is at hand by its file name.
    """

    named: int
    found: int
    remote: int = 0


class PhotoSource:
    """Photos by what rows call them.

    Args:
        path: a folder, with all folders in it, or a ZIP file that is read in place and never
            unpacked.
        trusted: whether rows and photos come from whoever runs the command: a row may then name a
            photo somewhere else, by path or address (any file system that fsspec knows), and no
            limit holds that is meant for strangers' uploads.
        ambiguous: file names that mean another photo in another folder; see `survey`.

    Raises:
        CatalogError: there is no such folder or file, or the ZIP file is damaged, has a password,
            is packed in a way that cannot be read, or was made to harm.
    """

    def __init__(
        self,
        path: Path | None = None,
        trusted: bool = False,
        ambiguous: Iterable[str] = (),
    ) -> None:
        self._path, self._trusted = path, trusted
        self.ambiguous = frozenset(ambiguous)
        self._archive: zipfile.ZipFile | None = None
        self._names = PhotoNames([])
        self._remote = RemotePhotos()
        if path is None:
            return
        if _is(Path.is_dir, path):
            self._names = PhotoNames((name, [name]) for name in _files_below(path))
        elif _is(Path.is_file, path):
            self._archive, members = open_archive(path, trusted)
            self._names = PhotoNames((member.filename, names_of(member)) for member in members)
        else:
            raise CatalogError(
                _("{path} is neither a folder nor a ZIP file of photos.").format(
                    path=str(path)[:300]
                )
            )

    def __len__(self) -> int:
        return self._names.count

    def survey(self, rows: Iterable[Mapping[str, Any]]) -> PhotoSurvey:
        """Return how many rows name a photo and of how many it is there; nothing is read.

        It also finds out which names mean another photo in another folder, for `find`.

        Args:
            rows: all of them, by the names of `product_columns.PRODUCT_FIELDS`.
        """
        named = found = remote = 0
        texts: list[str] = []
        for row in rows:
            # What is wrong with a row stands beside its answer.
            with suppress(CatalogError):
                text = self._text_of(row)
                if isinstance(text, bytes) or (text and embedded_photo(text) is not None):
                    named, found = named + 1, found + 1
                elif text and self._trusted and is_address(text):
                    remote += 1
                    texts.append(text)
                elif text:
                    texts.append(text)
        self.ambiguous |= ambiguous_names(texts)
        for text in texts:
            there = self._is_there(text)
            found += there
            named += there or not (self._trusted and is_address(text))
        return PhotoSurvey(named, found, remote)

    def _is_there(self, text: str) -> bool:
        try:
            return self._names.find(text, self.ambiguous) is not None
        except CatalogError:
            return False

    def find(self, row: Mapping[str, Any]) -> bytes | PhotoReference | None:
        """Return the photo that a row holds or names; None where the row has none.

        Args:
            row: its values by the names of `product_columns.PRODUCT_FIELDS`.

        Raises:
            CatalogError: the row names a photo that is not there, or that is there twice.
        """
        if isinstance(reference := row.get("photo"), PhotoReference):
            return reference
        text = self._text_of(row)
        if text is None:
            return None
        found = self._find(text)
        if found is None and given_photo(row.get("photo")) is None:
            # Not every product of the challenge's data has its photo at hand.
            return None
        if found is None:
            assert isinstance(text, str)
            raise CatalogError(_("the photo {name} is not at hand").format(name=text[:200]))
        return found

    def photo_of(self, row: Mapping[str, Any]) -> bytes | None:
        """Return the photo of a row, encoded as it came; None where the row has none.

        Raises:
            CatalogError: as `find`; or the photo cannot be read.
        """
        found = self.find(row)
        return found.read() if isinstance(found, PhotoReference) else found

    def _text_of(self, row: Mapping[str, Any]) -> str | bytes | None:
        """Return what a row says of its photo: the photo itself, or a name."""
        given = given_photo(row.get("photo"))
        if given is not None:
            return given
        if self._path is None or is_missing(row.get("imageid")):
            return None
        try:
            return photo_name(row["imageid"], row["productid"])
        except (KeyError, TypeError, ValueError, OverflowError):
            raise CatalogError(
                _("productid and imageid must be whole numbers to find a photo")
            ) from None

    def _find(self, text: str | bytes) -> bytes | PhotoReference | None:
        if isinstance(text, bytes):
            return text
        embedded = embedded_photo(text)
        if embedded is not None:
            return embedded
        found = self._names.find(text, self.ambiguous)
        if found is not None:
            return PhotoReference(text, lambda: self.read(found), found)
        if not self._trusted:
            return None
        if is_address(text):
            return PhotoReference(text, lambda: self._fetched(text))
        return PhotoReference(text, lambda: _local(text)) if _is(Path.is_file, Path(text)) else None

    def _fetched(self, text: str) -> bytes:
        """Return the first photo of the addresses in a text that can be fetched."""
        problem: CatalogError | None = None
        for address in _addresses(text):
            try:
                return self._remote.read(address)
            except CatalogError as error:
                # Of several, what is wrong with the first is said.
                problem = problem or error
        assert problem is not None
        raise problem

    def read(self, name: str) -> bytes:
        """Return the bytes of one photo, at most one more than is accepted of one.

        Args:
            name: its path in the folder or ZIP file.

        Raises:
            CatalogError: it cannot be read.
        """
        assert self._path is not None
        return read_member(self._archive, name) if self._archive else _local(str(self._path / name))


def given_photo(value: Any) -> str | bytes | None:
    """Return the photo, or the name of one, that stands in a cell."""
    if isinstance(value, Mapping):
        # As Ray and Hugging Face write pictures to Parquet, and shops to JSON.
        values = (value.get(key) for key in ("bytes", "path", "url", "src", "href"))
        return next((found for found in map(given_photo, values) if found is not None), None)
    if isinstance(value, (list, tuple)):
        found = [each for each in map(given_photo, value) if each is not None]
        names = [each for each in found if isinstance(each, str)]
        return "|".join(names) if len(names) == len(found) and names else next(iter(found), None)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value) or None
    text = "" if is_missing(value) else str(value).strip()
    if text.startswith("["):
        with suppress(ValueError, RecursionError):
            return given_photo(json.loads(text))
    return None if not text or is_no_text(text) else text


def _addresses(text: str) -> list[str]:
    """Return the addresses in a text: one, or several with a comma, a bar or a space between them.

    Each of these may also be part of an address.
    """
    several = [each.strip() for each in _BETWEEN_ADDRESSES.split(text)]
    return [each for each in several if is_address(each)]


def _files_below(folder: Path) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise CatalogError(
            _("{folder} cannot be read: {error}.").format(
                folder=error.filename, error=error.strerror
            )
        ) from error

    for directory, _folders, files in os.walk(folder, onerror=refuse):
        relative = Path(directory).relative_to(folder)
        yield from (str(relative / name) for name in files if is_photo_name(name))


def _is(kind: Callable[[Path], bool], path: Path) -> bool:
    """Return whether a path is of a kind; no where it cannot be one: too long, or with a nul."""
    try:
        return kind(path)
    except (OSError, ValueError):
        return False


def _local(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(limits().photo_bytes + 1)
    except OSError as error:
        raise CatalogError(
            _("the photo {name} cannot be read: {error}").format(name=path, error=error.strerror)
        ) from error
