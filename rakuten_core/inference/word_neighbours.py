"""Words whose learnt vectors are close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakuten_core.inference.models.transformer import TextTransformer
from rakuten_core.inference.threads import one_blas_thread
from rakuten_core.text.markup import without_accents

# Of words that are named: numbers and articles are close to all and to nothing.
_SHORTEST = 3
_STARTS_A_WORD = "▁"


@dataclass(frozen=True)
class CloseWord:
    """A word and the cosine of its vector with that of the word asked about."""

    word: str
    similarity: float


class WordNeighbours:
    """Finds words that the language model takes for alike before it reads them in a text.

    Args:
        model: the vectors of its pieces are compared, of those that are whole words.
    """

    def __init__(self, model: TextTransformer) -> None:
        pieces = [
            (row, piece.removeprefix(_STARTS_A_WORD))
            for row, piece in enumerate(model.pieces)
            if piece.startswith(_STARTS_A_WORD)
        ]
        kept = [(row, word) for row, word in pieces if len(word) >= _SHORTEST and word.isalpha()]
        self._words = [word for _row, word in kept]
        self._index = {_key(word): place for place, word in reversed([*enumerate(self._words)])}
        vectors = model.piece_vectors([row for row, _word in kept])
        # About their mean: what all pieces share says nothing about any.
        vectors -= vectors.mean(axis=0)
        lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        self._vectors = (vectors / lengths).astype(np.float16)

    def __len__(self) -> int:
        return len(self._words)

    def nearest(self, word: str, count: int = 12) -> list[CloseWord] | None:
        """Return the closest words, the closest first; None where the word is not known.

        Args:
            word: as somebody wrote it; case and accents do not matter.
            count: how many.
        """
        known = (self._index.get(_key(token)) for token in word.split())
        row = next((each for each in known if each is not None), None)
        if row is None:
            return None
        with one_blas_thread():
            likeness = self._vectors.astype(np.float32) @ self._vectors[row].astype(np.float32)
        found: dict[str, CloseWord] = {}
        for each in np.argsort(-likeness, kind="stable"):
            # Forms that differ by case or accents alone count as one.
            key = _key(self._words[each])
            if key != _key(self._words[row]) and key not in found:
                found[key] = CloseWord(self._words[each], float(likeness[each]))
            if len(found) == count:
                break
        return list(found.values())


def _key(word: str) -> str:
    return without_accents(word).casefold()
