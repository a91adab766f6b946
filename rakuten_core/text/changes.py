"""What turns one text into another, word by word."""

import re
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
    removed: list[str] = []
    added: list[str] = []

    def close() -> None:
        """Put what was removed before what was added in its place."""
        if removed:
            pieces.append(Change("removed", "".join(removed)))
        if added:
            pieces.append(Change("added", "".join(added)))
        removed.clear()
        added.clear()

    for step in Indel.opcodes(first, second):
        if step.tag == "equal":
            close()
            pieces.append(Change("kept", "".join(first[step.src_start : step.src_end])))
        else:
            removed += first[step.src_start : step.src_end]
            added += second[step.dest_start : step.dest_end]
    close()
    return pieces
