"""What a value of a table is: a text, an id as its owner sees it, or nothing."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

from rakuten_core.language import _

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
