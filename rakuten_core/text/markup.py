"""HTML as it occurs in product texts, turned into plain text."""

import html
import re
import unicodedata

# A tag starts with a letter, "/" or "!" right after "<", so that "x < 5 cm" stays. A tag that the
# text's end cuts off goes too: descriptions are sometimes cut in the middle of one.
_TAG = re.compile(r"<(?:/?[a-zA-Z]|!)[^<>]*(?:>|$)")
_SPACES = re.compile(r"\s+")


def plain_text(text: str) -> str:
    """Return the text without tags, its entities decoded, its white space folded.

    Entities are decoded twice, since descriptions hold doubly escaped ones (`&amp;eacute;`).
    """
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    return _SPACES.sub(" ", text).strip()


def without_accents(text: str) -> str:
    """Return the text with its accents removed and its ligatures spelt out (`œ` becomes `oe`)."""
    if text.isascii():
        return text
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
