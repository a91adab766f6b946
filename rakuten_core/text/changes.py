"""What turns one text into another, word by word."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Indel

_PARTS = re.compile(r"\s+|[^\W_]+|_|[^\w\s]")


@dataclass(frozen=True)
class Change:
    """A piece of text that was kept, removed or added."""

    kind: Literal["kept", "removed", "added"]
    text: str


def changes(before: str, after: str) -> list[Change]:
    """Return the pieces that turn one text into another, in reading order.

    Words, marks and spaces are compared as wholes, by the fewest removals and additions (longest
    common subsequence, rapidfuzz's bit-parallel `Indel`); neighbours of one kind are joined.
    """
    first, second = _PARTS.findall(before), _PARTS.findall(after)
    pieces: list[Change] = []

    def add(kind: Literal["kept", "removed", "added"], parts: Iterable[str]) -> None:
        text = "".join(parts)
        if text and pieces and pieces[-1].kind == kind:
            pieces[-1] = Change(kind, pieces[-1].text + text)
        elif text:
            pieces.append(Change(kind, text))

    for step in Indel.opcodes(first, second):
        if step.tag == "equal":
            add("kept", first[step.src_start : step.src_end])
        else:
            add("removed", first[step.src_start : step.src_end])
            add("added", second[step.dest_start : step.dest_end])
    return pieces
