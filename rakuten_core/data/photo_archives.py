"""Photos in a ZIP file that a stranger may have made: read in place, never unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from rakuten_core.data.photo_names import is_photo_name
from rakuten_core.errors import CatalogError
from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS
from rakuten_core.language import _, listing, number
from rakuten_core.limits import limits

# JPEG and PNG hardly shrink: what unpacks to much more was made to harm.
_LARGEST_RATIO, _SMALL = 100, 1_000
_ENCRYPTED, _UTF8 = 1, 0x800
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_NAME_ENCODINGS = ("utf-8", "cp850", "cp1252", "mac_roman")


def open_archive(path: Path, trusted: bool) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """Return a ZIP file of photos, and its members that are photos.

    Args:
        path: of the file.
        trusted: whether no limit holds that is meant for strangers' uploads.

    Raises:
        CatalogError: it is damaged, has a password, is packed in a way that cannot be read, holds
            no photo, or was made to harm.
    """
    try:
        archive = zipfile.ZipFile(path)
    except NotImplementedError as error:
        raise CatalogError(
            _(
                "{name} needs a newer unpacker ({error}). Pack the photos again as a plain ZIP "
                "file."
            ).format(name=path.name, error=error)
        ) from error
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise CatalogError(
            _("{name} is not a complete ZIP file: {error}.").format(name=path.name, error=error)
        ) from error
    pictures = [
        member
        for member in archive.infolist()
        if not member.is_dir() and is_photo_name(member.filename) and _stays_inside(member)
    ]
    problem = _problem_of(pictures) or (None if trusted else _harm_of(pictures))
    if problem is not None:
        archive.close()
        raise CatalogError(f"{path.name}: {problem}")
    return archive, pictures


def _stays_inside(member: zipfile.ZipInfo) -> bool:
    """Return whether a member's name stays in its folder: one that does not is no photo."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    return not (path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]))


def _problem_of(pictures: list[zipfile.ZipInfo]) -> str | None:
    """Return why no photo can be read from a ZIP file, or None."""
    if not pictures:
        return _("it holds no photo. Photos end in {extensions}.").format(
            extensions=listing([f".{each}" for each in sorted(ACCEPTED_EXTENSIONS)])
        )
    if any(member.flag_bits & _ENCRYPTED for member in pictures):
        return _("it has a password. Pack the photos without one.")
    if all(member.compress_type not in _METHODS for member in pictures):
        return _packed_unreadably(pictures[0].filename)
    return None


def _packed_unreadably(name: str) -> str:
    return _(
        "{name} is packed in a way that cannot be read (Windows packs large files so). Pack the "
        "photos again as a plain ZIP file"
    ).format(name=name)


def _harm_of(pictures: list[zipfile.ZipInfo]) -> str | None:
    """Return why a stranger's ZIP file is refused, or None."""
    most = limits()
    if len(pictures) > most.zip_photos:
        return _("it holds {count} photos; at most {most} are read.").format(
            count=number(len(pictures)), most=number(most.zip_photos)
        )
    size = sum(member.file_size for member in pictures)
    bomb = next(
        (
            member
            for member in pictures
            if member.file_size > _LARGEST_RATIO * max(member.compress_size, _SMALL)
        ),
        None,
    )
    if bomb is not None or size > most.zip_unpacked_mb * 10**6:
        return _("it unpacks to {size} MB, which no photos do. It is not read.").format(
            size=number(size / 1e6)
        )
    return None


def names_of(member: zipfile.ZipInfo) -> list[str]:
    """Return the names that a member may have: without a flag, their encoding is not known."""
    if member.filename.isascii() or member.flag_bits & _UTF8:
        return [member.filename]
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return [member.filename]
    names = [member.filename]
    for encoding in _NAME_ENCODINGS:
        try:
            names.append(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return names


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the bytes of one photo of a ZIP file, at most one more than is accepted of one.

    Raises:
        CatalogError: it cannot be read.
    """
    try:
        # Each call opens the member again: safe from several threads.
        with archive.open(name) as member:
            return member.read(limits().photo_bytes + 1)
    except NotImplementedError:
        raise CatalogError(_packed_unreadably(name)) from None
    except MemoryError:
        raise
    except Exception as error:
        # zipfile raises what it will on damaged members: BadZipFile, zlib.error, EOFError, ...
        raise CatalogError(
            _("the photo {name} cannot be read from its ZIP file: {error}").format(
                name=name, error=error
            )
        ) from error
