"""The photos that come with a table: in a folder, in a ZIP file, in the row, or somewhere to fetch.

A photo is found by the name in the row's column `photo`, or by the challenge's naming from
`imageid` and `productid`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from rakuten_core.data.photos import Photos, photo_name
from rakuten_core.errors import CatalogError
from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS, MAX_BYTES
from rakuten_core.language import _, listing, number

MOST_PHOTOS = 50_000
_MOST_BYTES_UNPACKED = 20_000_000_000
# JPEG and PNG hardly shrink: what unpacks to much more was made to harm.
_LARGEST_RATIO = 100
_ENCRYPTED = 1


class PhotoSource:
    """Photos by file name, whatever their folder and the case of their letters.

    Args:
        path: a folder, or a ZIP file that is read in place and never unpacked.
        fetch: whether a row may name a photo somewhere else, by path or address (any file system
            that fsspec knows); never where strangers give the rows.

    Raises:
        CatalogError: there is no such folder or file, or the ZIP file is damaged, has a password,
            or was made to harm.
    """

    def __init__(self, path: Path | None = None, fetch: bool = False) -> None:
        self._path, self._fetch = path, fetch
        self._photos: Photos | None = None
        self._names: dict[str, str] = {}
        if path is None:
            return
        if path.is_dir():
            self._photos = Photos(path)
            self._names = {name.lower(): name for name in self._photos.names}
        elif path.is_file():
            self._archive, self._names = _open_archive(path)
        else:
            raise CatalogError(
                _("{path} is neither a folder nor a ZIP file of photos.").format(path=path)
            )

    def __len__(self) -> int:
        return len(self._names)

    def photo_of(self, row: Mapping[str, Any]) -> bytes | None:
        """Return the photo of a row, encoded as it came; None where the row has none.

        Args:
            row: its values by the names of `product_columns.PRODUCT_FIELDS`.

        Raises:
            CatalogError: the row names a photo that is not there or cannot be read.
        """
        given = row.get("photo")
        if isinstance(given, Mapping):
            # As Ray and Hugging Face write pictures to Parquet.
            given = given.get("bytes") or given.get("path")
        if isinstance(given, bytes):
            return given or None
        text = str(given or "").strip()
        if text:
            found = self._names.get(_file_name(text).lower())
            if found is not None:
                return self.read(found)
            if self._fetch:
                return _fetched(text)
            raise CatalogError(_("the photo {name} is not at hand").format(name=_file_name(text)))
        if not self._names or row.get("imageid") in (None, ""):
            return None
        try:
            name = photo_name(row["imageid"], row["productid"])
        except (KeyError, TypeError, ValueError, OverflowError):
            raise CatalogError(
                _("productid and imageid must be whole numbers to find a photo")
            ) from None
        found = self._names.get(name)
        return None if found is None else self.read(found)

    def read(self, name: str) -> bytes:
        """Return the bytes of one photo.

        Raises:
            CatalogError: it cannot be read.
        """
        if self._photos is not None:
            return self._photos.read(name)
        try:
            # Each call opens the member anew: safe from several threads.
            with self._archive.open(name) as member:
                return member.read(MAX_BYTES + 1)
        except Exception as error:
            # zipfile raises what it will on damaged members: BadZipFile, zlib.error, EOFError, ...
            raise CatalogError(
                _("the photo {name} cannot be read from its ZIP file: {error}").format(
                    name=_file_name(name), error=error
                )
            ) from error


def _open_archive(path: Path) -> tuple[zipfile.ZipFile, dict[str, str]]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise CatalogError(
            _("{name} is not a complete ZIP file: {error}.").format(name=path.name, error=error)
        ) from error
    pictures = [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and PurePosixPath(member.filename).suffix.lower().lstrip(".") in ACCEPTED_EXTENSIONS
        and not _file_name(member.filename).startswith("._")
    ]
    problem = _problem_of(pictures)
    if problem is not None:
        archive.close()
        raise CatalogError(f"{path.name}: {problem}")
    return archive, {_file_name(each.filename).lower(): each.filename for each in pictures}


def _problem_of(pictures: list[zipfile.ZipInfo]) -> str | None:
    """Return why a ZIP file is refused, or None."""
    if not pictures:
        return _("it holds no photo. Photos end in {extensions}.").format(
            extensions=listing([f".{each}" for each in sorted(ACCEPTED_EXTENSIONS)])
        )
    if len(pictures) > MOST_PHOTOS:
        return _("it holds {count} photos; at most {most} are read.").format(
            count=number(len(pictures)), most=number(MOST_PHOTOS)
        )
    if any(member.flag_bits & _ENCRYPTED for member in pictures):
        return _("it has a password. Pack the photos without one.")
    for member in pictures:
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in parts.parts[0]:
            return _("the member “{name}” leads out of its folder.").format(
                name=member.filename[:80]
            )
    size = sum(member.file_size for member in pictures)
    bomb = next(
        (
            member
            for member in pictures
            if member.file_size > MAX_BYTES
            and member.file_size > _LARGEST_RATIO * max(member.compress_size, 1)
        ),
        None,
    )
    if bomb is not None or size > _MOST_BYTES_UNPACKED:
        return _("it unpacks to {size} MB, which no photos do. It is not read.").format(
            size=number(size / 1e6)
        )
    return None


def _file_name(text: str) -> str:
    return text.replace("\\", "/").rsplit("/", 1)[-1]


def _fetched(address: str) -> bytes:
    try:
        import fsspec
    except ImportError:
        raise CatalogError(
            _("To fetch photos, install what it needs: pip install -r requirements-ray.txt")
        ) from None
    try:
        with fsspec.open(address, "rb") as file:
            # One byte more than is accepted, so that the decoder can say that it is too large.
            return file.read(MAX_BYTES + 1)
    except Exception as error:
        # Every file system raises its own.
        raise CatalogError(
            _("the photo {name} cannot be fetched: {error}").format(
                name=address, error=str(error) or type(error).__name__
            )
        ) from error
