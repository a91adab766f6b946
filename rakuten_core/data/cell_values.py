"""What a value of a table is: a text, an id as its owner sees it, or nothing."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from numbers import Real
from typing import Any

from rakuten_core.errors import TextError
from rakuten_core.language import _
from rakuten_core.text.markup import without_accents

LONGEST_TEXT = 20_000
"""Characters of a title or description that are read: the catalogue's longest has fewer."""
_LONGEST_LETTER = 18

_NO_TEXT = {
    *(
        "nan",
        "none",
        "null",
        "(null)",
        "nil",
        "nat",
        "na",
        "<na>",
        "n/a",
        "undefined",
        "-",
        "--",
        "\\n",
    ),
    *(".", "#n/a", "#value!", "#ref!", "#name?", "#div/0!", "#null!", "#num!"),
}
_FRENCH_FIRST = ("fr", "fr_FR", "fr-FR", "french", "value", "en", "en_US", "en-US", "en_GB")


def is_no_text(text: str) -> bool:
    """Return whether a text only stands for a missing value, as pandas, SQL and Excel write it."""
    return len(text) < 12 and text.strip().lower() in _NO_TEXT


def is_missing(value: Any) -> bool:
    """Return whether a value is none: None, an empty text, or NaN, NA and NaT of pandas."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, float) and value != value


def text_value(value: Any) -> Any:
    """Return a title or description as a text, where it can be one.

    Bytes are read as UTF-8, else as Windows-1252; of a text in several languages the French one is
    taken; what only stands for a missing value is None.
    """
    if isinstance(value, (bytes, bytearray)):
        try:
            value = bytes(value).decode()
        except UnicodeDecodeError:
            value = bytes(value).decode("cp1252", "replace")
    if isinstance(value, Mapping):
        texts = {key: each for key, each in value.items() if isinstance(each, str)}
        value = next(filter(None, map(texts.get, _FRENCH_FIRST)), None) or value
    if isinstance(value, str):
        return None if is_no_text(value) else value
    return value


def text_of(value: Any, field: str) -> str:
    """Return a title or description as the models read it, at most 20,000 characters.

    A missing value (None, or pandas' NaN and NA), or a text that only stands for one ("nan",
    "NULL"), is an empty text; a number is read as it is written, as a spreadsheet gives the title
    "1984".

    Args:
        value: what was given.
        field: its name, for the error.

    Raises:
        TextError: it is neither text nor a number, or a number of thousands of digits.
    """
    if isinstance(value, str):
        return "" if is_no_text(value) else _bounded(value)
    if is_missing(value):
        return ""
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            return str(value)[:LONGEST_TEXT]
        except ValueError:
            # Python refuses to write whole numbers of thousands of digits.
            raise TextError(
                _("The {field} is a number that is too long to be a text.").format(field=field)
            ) from None
    raise TextError(
        _("The {field} must be text. Received: {received}.").format(
            field=field, received=type(value).__name__
        )
    )


def _bounded(text: str) -> str:
    """Return the start of a text whose letters, accents taken off, are no more than are read.

    One letter of Unicode may stand for eighteen.
    """
    text = text[:LONGEST_TEXT]
    if len(text) * _LONGEST_LETTER <= LONGEST_TEXT:
        return text
    while (letters := len(without_accents(text))) > LONGEST_TEXT:
        text = text[: len(text) * LONGEST_TEXT // letters]
    return text


def id_value(value: Any) -> str | None:
    """Return an id as its owner sees it: whole numbers without a point or an exponent."""
    if value is None or (is_missing(value) and not isinstance(value, str)):
        return None
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    return shown(value)


def _shown_inside(value: Any) -> str:
    return _("(a picture)") if isinstance(value, (bytes, bytearray)) else str(value)


def shown(value: Any) -> str:
    """Return any value as a text: nested ones as JSON, nothing for None.

    Of bytes it is for whoever shows them to say what they are.
    """
    if value is None:
        return ""
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=_shown_inside)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)
