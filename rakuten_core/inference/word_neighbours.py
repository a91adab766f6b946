"""Words that speak for the same product types."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from rakuten_core.inference.models.bayes import TextBayes
from rakuten_core.inference.models.linear import normalise
from rakuten_core.inference.threads import one_blas_thread

_WORD = re.compile(r"\w+")
# Of words that are named: numbers and articles are close to all and to nothing.
_SHORTEST = 3
# What fewer of the products hold is close to much by chance.
_SHARE_OF_PRODUCTS = 0.001


@dataclass(frozen=True)
class CloseWord:
    """A word and the cosine of its weights with those of the word asked about."""

    word: str
    similarity: float


class WordNeighbours:
    """Finds words that speak for the same types, about what all words say on average.

    Args:
        model: whose weights of words are compared.
    """

    def __init__(self, model: TextBayes) -> None:
        self._words, weights, rarity = model.words()
        self._index = {word: row for row, word in enumerate(self._words)}
        weights = weights - weights.mean(axis=0)
        lengths = np.maximum(np.linalg.norm(weights, axis=1, keepdims=True), 1e-9)
        self._weights = (weights / lengths).astype(np.float16)
        self._rarity = rarity
        named = np.array([len(word) >= _SHORTEST and word.isalpha() for word in self._words], bool)
        # The inverse document frequency of scikit-learn.
        self._named = named & (rarity <= 1 - math.log(_SHARE_OF_PRODUCTS))

    def __len__(self) -> int:
        return len(self._words)

    def nearest(self, word: str, count: int = 12) -> list[CloseWord] | None:
        """Return the closest words, the closest first; None where the word is not known.

        Args:
            word: as somebody wrote it; what the model reads of it is looked up.
            count: how many.
        """
        known = (self._index.get(token) for token in _WORD.findall(normalise(word)))
        row = next((each for each in known if each is not None), None)
        if row is None:
            return None
        with one_blas_thread():
            likeness = self._weights.astype(np.float32) @ self._weights[row].astype(np.float32)
        likeness[~self._named] = -2
        likeness[row] = -2
        # Many speak for one type only: of the equally close, the more frequent come first.
        best = np.lexsort((self._rarity, -likeness.round(2)))[:count]
        return [
            CloseWord(self._words[each], float(likeness[each]))
            for each in best
            if likeness[each] > -2
        ]
