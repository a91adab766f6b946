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

_SEVERAL = re.compile(r"[,;|\n]")
_SLASHES = re.compile(r"[/\\]+")
_QUERY = re.compile(r"[?#]")
Parts = tuple[str, ...]


def is_photo_name(name: str) -> bool:
    """Return whether a file may be a photo by its name: some have no extension."""
    last = _SLASHES.split(name)[-1].strip()
    if not last or last.startswith(".") or "__MACOSX" in name:
        return False
    _stem, dot, extension = last.rpartition(".")
    return not dot or extension.lower() in ACCEPTED_EXTENSIONS


class PhotoNames:
    """Finds files by what rows call them: whatever the case, the accents' form and the address.

    Args:
        files: each with the names that it may have: one, or more where its encoding is not known.
    """

    def __init__(self, files: Iterable[tuple[str, Iterable[str]]]) -> None:
        # By every end of their path: the longest that a row's path shares with one is meant.
        self._by_end: dict[Parts, list[str]] = defaultdict(list)
        self.count = 0
        for file, names in files:
            self.count += 1
            for parts in {_parts(name) for name in names}:
                for length in range(1, len(parts) + 1):
                    end = parts[-length:]
                    for key in {end, (*end[:-1], _stem(end[-1]))}:
                        self._by_end[key].append(file)

    def find(self, text: str, ambiguous: frozenset[str] = frozenset()) -> str | None:
        """Return the file that a text means; None where none fits.

        Of several files of one name, the one with the longest common end of the path is meant.

        Args:
            text: a name, a path or an address, or several of them: the first that is there counts.
            ambiguous: names that mean another photo in another folder; see `ambiguous_names`.

        Raises:
            CatalogError: several fit as well.
        """
        return next(filter(None, (self._one(each, ambiguous) for each in _texts(text))), None)

    def _one(self, text: str, ambiguous: frozenset[str]) -> str | None:
        spellings = [_parts(each) for each in dict.fromkeys(_spellings(text))]
        for stems in (False, True):
            for parts in filter(None, spellings):
                path = (*parts[:-1], _stem(parts[-1])) if stems else parts
                for length in range(len(path), 0, -1):
                    files = list(dict.fromkeys(self._by_end.get(path[-length:], ())))
                    if not files:
                        continue
                    if len(files) > 1:
                        raise _ambiguous(path[-1], files)
                    # Another folder's file of that name is another product's.
                    elsewhere = length == 1 and len(path) > 1 and _stem(path[-1]) in ambiguous
                    return None if elsewhere else files[0]
        return None


def ambiguous_names(texts: Iterable[str]) -> frozenset[str]:
    """Return the file names, without extension, that rows use for photos in different folders."""
    folders: dict[str, set[Parts]] = defaultdict(set)
    for text in texts:
        for each in _several(text):
            *_others, bare = _spellings(each)
            parts = _parts(bare)
            if len(parts) > 1:
                folders[_stem(parts[-1])].add(parts[:-1])
    return frozenset(name for name, found in folders.items() if len(found) > 1)


def _ambiguous(name: str, files: list[str]) -> CatalogError:
    return CatalogError(
        _("the photo {name} is there more than once: {files}. Name its folder too.").format(
            name=name, files=listing(sorted(files)[:4])
        )
    )


def _several(text: str) -> list[str]:
    return [part for part in map(str.strip, _SEVERAL.split(text)) if part]


def _texts(text: str) -> list[str]:
    """Return what a text may mean: a name with commas in it, or several names."""
    several = _several(text)
    if len(several) < 2:
        return [text]
    one_name = _SEVERAL.search(_SLASHES.split(text)[-1]) is not None
    return [text, *several] if one_name else [*several, text]


def _spellings(text: str) -> Iterator[str]:
    bare = _QUERY.split(text, maxsplit=1)[0] or text
    yield from (text, unquote(text), bare, unquote(bare))


def _parts(path: str) -> Parts:
    plain = unicodedata.normalize("NFC", path).casefold().strip()
    return tuple(part for part in map(str.strip, _SLASHES.split(plain)) if part not in ("", "."))


def _stem(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return stem if dot and extension in ACCEPTED_EXTENSIONS else name
