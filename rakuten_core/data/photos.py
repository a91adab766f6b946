"""The photos of a catalogue, in a folder or still in the official archive."""

import threading
import zipfile
import zlib
from functools import cached_property
from pathlib import Path

from rakuten_core.errors import CatalogError
from rakuten_core.language import _


def photo_name(imageid: int | str, productid: int | str) -> str:
    """Return the challenge's file name of a product's photo."""
    return f"image_{int(imageid)}_product_{int(productid)}.jpg"


class Photos:
    """Photos by file name; reading is safe from several threads.

    Args:
        folder: holds the photos.
        archive: a ZIP file that holds a folder of the same name; read when `folder` is not there.

    Raises:
        CatalogError: the archive is not a complete ZIP file.
    """

    def __init__(self, folder: Path, archive: Path | None = None) -> None:
        self._folder = folder
        self._archive: zipfile.ZipFile | None = None
        self._members: dict[str, str] = {}
        self._lock = threading.Lock()
        try:
            if folder.is_dir() or archive is None or not archive.is_file():
                return
            self._archive = zipfile.ZipFile(archive)
        except zipfile.BadZipFile:
            raise CatalogError(
                _(
                    "{archive} is not a complete ZIP file. Download it again, or unpack it so that "
                    "{folder} holds the photos."
                ).format(archive=archive, folder=folder)
            ) from None
        except (OSError, ValueError) as error:
            raise CatalogError(
                _("{source} cannot be read: {error}.").format(source=archive or folder, error=error)
            ) from None
        self._members = {
            member.rsplit("/", 1)[-1]: member
            for member in self._archive.namelist()
            if f"{folder.name}/" in member and not member.endswith("/")
        }

    @cached_property
    def names(self) -> frozenset[str]:
        """The file names of all photos at hand."""
        if self._archive is not None:
            return frozenset(self._members)
        if not self._folder.is_dir():
            return frozenset()
        try:
            return frozenset(entry.name for entry in self._folder.iterdir())
        except OSError as error:
            raise CatalogError(
                _("{folder} cannot be read: {error}.").format(
                    folder=self._folder, error=error.strerror
                )
            ) from error

    def read(self, name: str) -> bytes:
        """Return the bytes of one photo.

        Raises:
            CatalogError: there is no such photo, or it cannot be read.
        """
        try:
            if self._archive is None:
                return (self._folder / name).read_bytes()
            with self._lock:
                return self._archive.read(self._members[name])
        except (
            *(OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError, zlib.error),
            # Compressed in a way that Python does not know, or encrypted.
            *(NotImplementedError, RuntimeError),
        ) as error:
            source = self._folder if self._archive is None else self._archive.filename
            raise CatalogError(
                _("Cannot read the photo {name} from {source}: {error}.").format(
                    name=name, source=source, error=error
                )
            ) from error
