"""HTML as it occurs in product texts, turned into plain text."""

import html
import re
import unicodedata

# A tag starts with a letter, "/" or "!" right after "<", so that "x < 5 cm" stays. A tag that the
# text's end cuts off goes too: descriptions are sometimes cut in the middle of one.
_TAG = re.compile(r"<(?:/?[a-zA-Z]|!)[^<>]*(?:>|$)")
_SPACES = re.compile(r"\s+")
# A numeric entity beyond all characters; Python refuses to read numbers of thousands of digits.
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
# Half of a character, as a file that was read in the wrong encoding leaves it behind.
_SURROGATES = re.compile("[\ud800-\udfff]")


def plain_text(text: str) -> str:
    """Return the text without tags, its entities decoded, its white space folded.

    Entities are decoded twice, since descriptions hold doubly escaped ones (`&amp;eacute;`). Lone
    surrogates, which no encoding can write, become the replacement character U+FFFD.
    """
    if "&" in text:
        text = _decoded(_decoded(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    return writable(_SPACES.sub(" ", text).strip())


def writable(text: str) -> str:
    """Return the text as files and databases take it.

    With U+FFFD for lone surrogates, which no encoding can write, and without nul characters.
    """
    return _SURROGATES.sub("\ufffd", text.replace("\0", ""))


def _decoded(text: str) -> str:
    return html.unescape(_NO_CHARACTER.sub("\ufffd", text))


def has_text(*texts: str) -> bool:
    """Return whether any of the texts holds a letter or a digit besides markup and entities.

    The one rule by which a product has a text: in training, inference, bulk and pages alike.
    """
    return any(letter.isalnum() for text in texts for letter in plain_text(text))


def without_accents(text: str) -> str:
    """Return the text with its accents removed and its ligatures spelt out (`œ` becomes `oe`)."""
    if text.isascii():
        return text
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
