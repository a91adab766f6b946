"""What a step changed in a text, and words marked in it, as Markdown that shows text as it is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&\"'=^/])")
_REWRITTEN = re.compile(r"[<>~=-](?=[<>=-])|www(?=\.)|:(?=//)|\S(?=@)", re.IGNORECASE)
_PARTS = re.compile(r"\s+|[^\W_]+|_|[^\w\s]")

# Okabe and Ito's orange and blue; words below a tenth of the strongest are not marked.
_FOR, _AGAINST = "230,159,0", "0,114,178"
_FAINT, _STRONG = 0.1, 0.5


@dataclass(frozen=True)
class Change:
    """A piece of text: `kept`, `removed` or `added`."""

    kind: str
    text: str


def escape_markdown(text: str) -> str:
    """Return Markdown that shows a text as it is, on one line: nothing in it is markup."""
    # Streamlit turns arrows, dashes and addresses into signs and links even where they are escaped:
    # an invisible word joiner (U+2060) inside them keeps them as they are.
    joined = _REWRITTEN.sub("\\g<0>\u2060", " ".join(text.split()))
    return _SPECIAL.sub(r"\\\1", joined)


def changes(before: str, after: str) -> list[Change]:
    """Return the pieces that turn one text into another, in reading order.

    Words, marks and spaces are compared as wholes; neighbours of one kind are joined.
    """
    first, second = _PARTS.findall(before), _PARTS.findall(after)
    pieces: list[Change] = []

    def add(kind: str, parts: Iterable[str]) -> None:
        text = "".join(parts)
        if not text:
            return
        if pieces and pieces[-1].kind == kind:
            pieces[-1] = Change(kind, pieces[-1].text + text)
        else:
            pieces.append(Change(kind, text))

    matcher = SequenceMatcher(None, first, second, autojunk=False)
    for operation, start, end, other_start, other_end in matcher.get_opcodes():
        if operation == "equal":
            add("kept", first[start:end])
        else:
            add("removed", first[start:end])
            add("added", second[other_start:other_end])
    return pieces


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
