"""Photos that stand in a text: `data:` addresses and bare base64."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

_ADDRESS = re.compile(r"\s*data:[\w/.+-]*(?:;[\w-]+=[^;,]*)*(;base64)?,", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
# How base64 of JPEG, PNG, GIF and WebP starts.
_STARTS = ("/9j/", "iVBORw0KGgo", "R0lGOD", "UklGR")
# A shorter text is a name rather than a picture.
_SHORTEST = 12
_URL_SAFE = str.maketrans("-_", "+/")


def embedded_photo(text: str) -> bytes | None:
    """Return the picture that stands in a text; None where the text is something else.

    Args:
        text: a `data:` address (RFC 2397), or base64 of a JPEG, PNG, GIF or WebP file.
    """
    address = _ADDRESS.match(text)
    if address and not address.group(1):
        return unquote_to_bytes(text[address.end() :])
    content = text[address.end() :] if address else text.lstrip()
    return _decoded(content) if address or content.startswith(_STARTS) else None


def base64_content(text: str) -> bytes | None:
    """Return what base64 stands for, whatever that is; None where a text is none, or a short word.

    Where only a picture can be meant: what it is the decoder finds out.
    """
    plain = _SPACES.sub("", text)
    return _decoded(plain) if len(plain) >= _SHORTEST and len(plain) % 4 == 0 else None


def _decoded(text: str) -> bytes | None:
    """Return what base64 stands for, padded or not, in one line or many; None if it is none."""
    plain = _SPACES.sub("", text.replace("%2B", "+").replace("%2F", "/").replace("%3D", "="))
    plain = plain.translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True) or None
    except (binascii.Error, ValueError):
        return None
