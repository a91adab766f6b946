"""Which file a row means: names as shops write them against names as archives hold them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from rakuten_core.errors import CatalogError
from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS
from rakuten_core.language import _, listing

_SEVERAL = re.compile(r"\s*[,;|\n]\s*")
_SLASHES = re.compile(r"[/\\]+")
_QUERY = re.compile(r"[?#]")
Parts = tuple[str, ...]


def is_photo_name(name: str) -> bool:
    """Return whether a file may be a photo by its name: some have no extension."""
    last = _SLASHES.split(name)[-1]
    if last.startswith(".") or "__MACOSX" in name:
        return False
    _stem, dot, extension = last.rpartition(".")
    return not dot or extension.lower() in ACCEPTED_EXTENSIONS


class PhotoNames:
    """Finds files by what rows call them: whatever the case, the accents' form and the address.

    Args:
        files: each with the names that it may have: one, or more where its encoding is not known.
    """

    def __init__(self, files: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._by_name: dict[str, list[tuple[Parts, str]]] = defaultdict(list)
        self._by_stem: dict[str, list[tuple[Parts, str]]] = defaultdict(list)
        self.count = 0
        for file, names in files:
            self.count += 1
            for parts in {_parts(name) for name in names}:
                self._by_name[parts[-1]].append((parts, file))
                self._by_stem[_stem(parts[-1])].append((parts, file))

    def find(self, text: str, folders_matter: bool = False) -> str | None:
        """Return the file that a text means; None where none fits.

        Of several files of one name, the one with the longest common end of the path is meant.

        Args:
            text: a name, a path or an address, or several of them: the first that is there counts.
            folders_matter: whether the same name means another photo in another folder.

        Raises:
            CatalogError: several fit as well.
        """
        return next(filter(None, (self._one(each, folders_matter) for each in _texts(text))), None)

    def _one(self, text: str, folders_matter: bool) -> str | None:
        spellings = list(dict.fromkeys(_spellings(text)))
        for names, key in ((self._by_name, str), (self._by_stem, _stem)):
            for spelling in spellings:
                parts = _parts(spelling)
                found = names.get(key(parts[-1])) if parts else None
                if found:
                    return _closest(parts, found, folders_matter)
        return None


def folders_that_matter(texts: Iterable[str]) -> frozenset[str]:
    """Return the file names that rows use for photos in different folders."""
    folders: dict[str, set[Parts]] = defaultdict(set)
    for text in texts:
        for each in _SEVERAL.split(text):
            parts = _parts(next(iter(_spellings(each))))
            if len(parts) > 1:
                folders[parts[-1]].add(parts[:-1])
    return frozenset(name for name, found in folders.items() if len(found) > 1)


def plain_name(text: str) -> str:
    """Return the file name of a path or an address, in the form in which names are compared."""
    parts = _parts(next(iter(_spellings(text))))
    return parts[-1] if parts else ""


def _texts(text: str) -> list[str]:
    """Return what a text may mean: a name with commas in it, or several names."""
    several = list(filter(None, _SEVERAL.split(text)))
    if len(several) < 2:
        return [text]
    one_name = _SEVERAL.search(_SLASHES.split(text)[-1]) is not None
    return [text, *several] if one_name else [*several, text]


def _spellings(text: str) -> Iterator[str]:
    bare = _QUERY.split(text, maxsplit=1)[0] or text
    yield from (text, unquote(text), bare, unquote(bare))


def _parts(path: str) -> Parts:
    plain = unicodedata.normalize("NFC", path).casefold().strip()
    return tuple(part for part in _SLASHES.split(plain) if part not in ("", "."))


def _stem(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return stem if dot and extension in ACCEPTED_EXTENSIONS else name


def _closest(parts: Parts, found: list[tuple[Parts, str]], folders_matter: bool) -> str | None:
    """Return the file whose path has the longest end in common with a path."""
    shared = [_common_end(parts, path) for path, _file in found]
    longest = max(shared)
    files = {file for (_path, file), end in zip(found, shared, strict=True) if end == longest}
    if len(files) > 1:
        raise CatalogError(
            _("the photo {name} is there more than once: {files}. Name its folder too.").format(
                name=parts[-1], files=listing(sorted(files)[:4])
            )
        )
    # Another folder's file of that name is another product's.
    other_folder = longest < min(len(parts), *(len(path) for path, _file in found), 2)
    return None if folders_matter and other_folder else files.pop()


def _common_end(one: Parts, other: Parts) -> int:
    # The stems of the last parts are known to be the same.
    length = 1
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return length
