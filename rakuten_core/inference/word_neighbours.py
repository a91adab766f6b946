"""Words whose learnt vectors are close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakuten_core.inference.models.convolutional import TextConvolutional
from rakuten_core.inference.threads import one_blas_thread

# Of words that are named: numbers and articles are close to all and to nothing.
_SHORTEST = 3


@dataclass(frozen=True)
class CloseWord:
    """A word and the cosine of its vector with that of the word asked about."""

    word: str
    similarity: float


class WordNeighbours:
    """Finds words that the convolutional model uses alike; it learnt its vectors here.

    Args:
        model: whose vectors are compared.
    """

    def __init__(self, model: TextConvolutional) -> None:
        self._model = model
        self._words = model.words
        self._index = {word: row for row, word in enumerate(model.words)}
        self._lengths = np.maximum(np.linalg.norm(model.word_vectors(), axis=1), 1e-9)
        self._nameable = np.array([len(w) >= _SHORTEST and w.isalpha() for w in model.words])

    def __len__(self) -> int:
        return len(self._words)

    def nearest(self, word: str, count: int = 12) -> list[CloseWord] | None:
        """Return the closest words, the closest first; None where the word is not known.

        Args:
            word: as somebody wrote it; what the model reads of it is looked up.
            count: how many.
        """
        known = (self._index.get(token) for token in TextConvolutional.tokens(word))
        row = next((each for each in known if each is not None), None)
        if row is None:
            return None
        vectors = self._model.word_vectors()
        with one_blas_thread():
            likeness = vectors @ vectors[row] / (self._lengths * self._lengths[row])
        likeness[~self._nameable] = -2
        likeness[row] = -2
        best = np.argsort(-likeness, kind="stable")[:count]
        return [CloseWord(self._words[each], float(likeness[each])) for each in best]
