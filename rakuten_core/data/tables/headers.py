"""Where in a file the columns are named: not always in its first line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rakuten_core.data.column_names import columns_by_name, may_hold_types
from rakuten_core.errors import CatalogError
from rakuten_core.language import _, number
from rakuten_core.limits import limits
from rakuten_core.text.markup import without_accents, writable

"""A table with more is no table of products."""
LINES_LOOKED_AT = 8
"""Lines with any content among which the header is looked for."""
_LONGEST_NAME = 100
_LONGEST_KEPT = 200
_REQUIREMENTS = {
    *("obligatoire", "facultatif", "requis", "recommande", "optionnel", "conditionnel"),
    *("required", "optional", "recommended", "conditional", "preferred", "mandatory"),
}


@dataclass(frozen=True)
class Header:
    """The names of columns, and where they stand.

    Attributes:
        names: none twice, none empty.
        lines: how many lines with a content lie before the first product.
        known: how many fields of a product the names tell.
    """

    names: tuple[str, ...]
    lines: int
    known: int


def find_header(lines: Sequence[Sequence[Any]]) -> Header:
    """Return the header among the first lines of a file.

    The first line is the header, unless a later one names more fields of a product and the lines
    above it are no rows of the same table: narrower, as titles are, or without a name that is
    known. What follows the header and names as many fields (as Amazon's files do in two languages),
    or says what must be filled in, belongs to it.

    Args:
        lines: the first `LINES_LOOKED_AT` with any content, each a list of cells.

    Raises:
        CatalogError: there is none, there are too many columns, or the first line is a product.
    """
    if not lines:
        raise CatalogError(_("The file is empty: its first row must name the columns."))
    widest = max(map(len, lines))
    most = limits().table_columns
    if widest > most:
        raise CatalogError(
            _("The file has {columns} columns; a table of products has at most {most}.").format(
                columns=number(widest), most=number(most)
            )
        )
    known = [_known_fields(line) for line in lines]
    filled = [sum(bool(_text(cell)) for cell in line) for line in lines]
    best = 0
    for place in range(1, len(lines)):
        narrower = max(filled[:place]) < filled[place]
        says_more = known[place] > max(known[:place])
        unknown_above = not any(known[:place]) and known[place] > 1 and not _numbers(lines[place])
        if says_more and (narrower or unknown_above):
            best = place
    if not any(known) and filled[0] == 1 and max(filled) > 1:
        # A title above names that are not known.
        best = next(place for place, count in enumerate(filled) if count == max(filled))
    if not known[best] and _looks_like_a_product(lines[best]):
        raise CatalogError(
            _(
                "The first row must name the columns, such as title and description. It holds "
                "“{name}”, which looks like a product."
            ).format(name=next(filter(None, map(_text, lines[best])))[:60])
        )
    end = best + 1
    while end < len(lines) and _belongs_to_header(lines[end], known[end], known[best]):
        end += 1
    return Header(checked_names(lines[best]), end, known[best])


def _text(cell: Any) -> str:
    return writable(str(cell if cell is not None else "")).strip().lstrip("\ufeff")


def _known_fields(line: Sequence[Any]) -> int:
    """Return how many fields of a product the cells of a line name."""
    cells = [text for text in map(_text, line) if text]
    if sum(len(text) > _LONGEST_NAME or _is_number(text) for text in cells) > len(cells) / 2:
        return 0
    return len(columns_by_name(cells)) + bool(may_hold_types(cells))


def _is_number(text: str) -> bool:
    return text.replace(",", ".", 1).replace(".", "", 1).isdecimal()


def _numbers(line: Sequence[Any]) -> int:
    return sum(_is_number(text) for text in map(_text, line))


def _looks_like_a_product(line: Sequence[Any]) -> bool:
    cells = [text for text in map(_text, line) if text]
    values = sum(len(text) > _LONGEST_NAME or _is_number(text) for text in cells)
    return values * 2 >= len(cells)


def _belongs_to_header(line: Sequence[Any], known: int, best: int) -> bool:
    filled = sum(bool(_text(cell)) for cell in line)
    if min(known, best) > 1 and known >= max(best / 2, filled / 2) and not _numbers(line):
        return True
    words = {without_accents(text).lower() for text in map(_text, line) if text}
    return bool(words) and words <= _REQUIREMENTS


def checked_names(header: Sequence[Any]) -> tuple[str, ...]:
    """Return the names of columns, none empty and none twice, without the empty ones at the end.

    Raises:
        CatalogError: there is none, or there are too many.
    """
    given = [" ".join(_text(cell).split())[:_LONGEST_KEPT] for cell in header]
    while given and not given[-1]:
        given.pop()
    if not given:
        raise CatalogError(_("The file is empty: its first row must name the columns."))
    most = limits().table_columns
    if len(given) > most:
        raise CatalogError(
            _("The file has {columns} columns; a table of products has at most {most}.").format(
                columns=number(len(given)), most=number(most)
            )
        )
    found: dict[str, None] = {}
    for place, name in enumerate(given, 1):
        name = name or _("column {number}").format(number=place)
        while name in found:
            name += "_"
        found[name] = None
    return tuple(found)
