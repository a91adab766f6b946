"""Texts as Markdown that shows them as they are, with changes and words marked."""

import re
from collections.abc import Iterable

from rakuten_core.text.changes import Change

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&\"'=^/])")
_REWRITTEN = re.compile(r"[<>~=-](?=[<>=-])|www(?=\.)|:(?=//)|\S(?=@)", re.IGNORECASE)

# Okabe and Ito's orange and blue; words below a tenth of the strongest are not marked.
_FOR, _AGAINST = "230,159,0", "0,114,178"
_FAINT, _STRONG = 0.1, 0.5


def escape_markdown(text: str) -> str:
    """Return Markdown that shows a text as it is, on one line: nothing in it is markup."""
    # Streamlit turns arrows, dashes and addresses into signs and links even where they are escaped:
    # an invisible word joiner (U+2060) inside them keeps them as they are.
    joined = _REWRITTEN.sub("\\g<0>\u2060", " ".join(text.split()))
    return _SPECIAL.sub(r"\\\1", joined)


def changes_as_markdown(pieces: Iterable[Change]) -> str:
    """Return changes as Markdown: removed text struck through, added text bold.

    The marks can be told apart without their colours.
    """
    marked = {"kept": "{}", "removed": ":red[~~{}~~]", "added": ":green[**{}**]"}
    shown = []
    for piece in pieces:
        text = escape_markdown(piece.text)
        if text:
            shown.append(marked[piece.kind].format(text))
    return " ".join(shown)


def weights_as_markdown(
    words: Iterable[tuple[str, float]], most: int = 250, strongest: float | None = None
) -> str:
    """Return words as Markdown, marked by how much they speak for (orange) or against (blue).

    Words that speak strongly are bold too, so that the marks can be told apart without colours.

    Args:
        words: each with its weight, positive for the answer.
        most: how many words are shown; the rest is left out with a mark.
        strongest: the weight that is marked fully; by default the largest of these words.
    """
    words = list(words)
    if strongest is None:
        strongest = max((abs(weight) for _, weight in words), default=0.0)
    shown = []
    for text, weight in words[:most]:
        strength = abs(weight) / strongest if strongest else 0.0
        escaped = escape_markdown(text)
        if strength < _FAINT:
            shown.append(escaped)
            continue
        color = _FOR if weight > 0 else _AGAINST
        bold = "**" if strength >= _STRONG else ""
        mark = f'{{background="rgba({color},{0.15 + 0.5 * strength:.2f})"}}'
        shown.append(f":color[{bold}{escaped}{bold}]{mark}")
    return " ".join(shown) + (" ..." if len(words) > most else "")
