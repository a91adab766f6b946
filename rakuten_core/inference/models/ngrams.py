"""TF-IDF of n-grams over arrays: no dictionary of strings to hold, no learner to import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from rakuten_core.errors import ModelError
from rakuten_core.language import _

Analyzer = Literal["word", "char_wb"]
_WORD = re.compile(r"\w+")
_SPACE, _LINE = 32, 10
# Odd, so that it has an inverse: a substring's hash is read off two sums.
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 2**64)


class NgramTfidf:
    """Gives n-grams of texts the weights that scikit-learn's fitted `TfidfVectorizer` gives them.

    Sublinear counts times the inverse document frequency, each text normalised to length 1. N-grams
    are known by a polynomial hash of 64 bits (Karp and Rabin, 1987): among half a million of them
    two share one with a chance of less than one in a hundred million.

    Args:
        analyzer: `word`, or `char_wb` for characters inside word boundaries.
        sizes: shortest and longest n-gram.
        terms: the known n-grams by column, as UTF-8 with a line break between them, uint8.
        idf: inverse document frequency of each, float32.

    Raises:
        ModelError: character n-grams shorter than two are asked for.
    """

    def __init__(
        self, analyzer: Analyzer, sizes: tuple[int, int], terms: np.ndarray, idf: np.ndarray
    ) -> None:
        if analyzer == "char_wb" and sizes[0] < 2:
            raise ModelError(
                _("Strings of letters must have two letters at least. Received: {sizes}.").format(
                    sizes=sizes
                )
            )
        self.analyzer = analyzer
        self.sizes = sizes
        self.terms = terms
        self.idf = np.asarray(idf, np.float32)
        hashes = _hashes_of_lines(terms.tobytes().decode()) if len(idf) else np.empty(0, np.uint64)
        order = np.argsort(hashes)
        self._hashes, self._columns = hashes[order], order.astype(np.int32)

    def __len__(self) -> int:
        """Return how many n-grams are known."""
        return len(self.idf)

    def columns_of(self, ngrams: Sequence[str]) -> np.ndarray:
        """Return the columns of n-grams without a line break, int (n-grams,); -1 if unknown."""
        if not ngrams:
            return np.empty(0, np.int32)
        return self._known(_hashes_of_lines("\n".join(ngrams)))

    def weights(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the weight of each known n-gram in each text.

        Args:
            texts: as the model reads them.

        Returns:
            Rows (ascending), columns and float32 weights, each (n-grams that occur,).
        """
        spans = _word_spans if self.analyzer == "word" else _character_spans
        rows, hashes = spans(texts, self.sizes)
        columns = self._known(hashes)
        rows, columns = rows[columns >= 0], columns[columns >= 0]
        # Each text's n-grams once, with how often they occur.
        keys, counts = np.unique(rows * max(len(self), 1) + columns, return_counts=True)
        rows, columns = np.divmod(keys, max(len(self), 1))
        weights = (1 + np.log(counts)) * self.idf[columns]
        lengths = np.sqrt(np.bincount(rows, weights**2, minlength=len(texts)))
        return rows, columns, (weights / lengths[rows]).astype(np.float32)

    def scores(
        self, texts: Sequence[str], coefficients: np.ndarray, scales: np.ndarray | None = None
    ) -> np.ndarray:
        """Return what a linear model makes of each text, float32 (texts, values).

        Args:
            texts: as the model reads them.
            coefficients: (n-grams, values), of any type.
            scales: (n-grams, 1) that they are to be multiplied with, if there are any.
        """
        result = np.zeros((len(texts), coefficients.shape[1]), np.float32)
        rows, columns, weights = self.weights(texts)
        if len(rows):
            first = np.flatnonzero(np.diff(rows, prepend=-1))
            # Widened where they are used only: all of them would fill tens of megabytes.
            parts = coefficients[columns].astype(np.float32)
            parts *= (
                weights[:, np.newaxis]
                if scales is None
                else weights[:, np.newaxis] * scales[columns]
            )
            result[rows[first]] = np.add.reduceat(parts, first, axis=0)
        return result

    def _known(self, hashes: np.ndarray) -> np.ndarray:
        if not len(self):
            return np.full(len(hashes), -1, np.int32)
        places = np.searchsorted(self._hashes, hashes).clip(max=len(self) - 1)
        return np.where(self._hashes[places] == hashes, self._columns[places], -1)


def _characters(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


class _Substrings:
    """Hashes of any substrings of one text."""

    def __init__(self, characters: np.ndarray) -> None:
        count = len(characters)
        # Sums and products wrap around at 64 bits.
        powers = np.cumprod(np.full(count, _BASE, np.uint64))
        self._sums = np.zeros(count + 1, np.uint64)
        np.cumsum((characters.astype(np.uint64) + np.uint64(1)) * powers, out=self._sums[1:])
        self._inverses = np.cumprod(np.full(count + 1, _INVERSE, np.uint64))

    def hashes(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Return the hash of each substring, uint64."""
        return (self._sums[ends] - self._sums[starts]) * self._inverses[starts]


def _hashes_of_lines(text: str) -> np.ndarray:
    characters = _characters(text)
    breaks = np.flatnonzero(characters == _LINE)
    starts, ends = np.r_[0, breaks + 1], np.r_[breaks, len(characters)]
    return _Substrings(characters).hashes(starts, ends)


def _word_spans(texts: Sequence[str], sizes: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return row and hash of every n-gram of words that follow each other."""
    characters = _characters("\n".join(" ".join(_WORD.findall(text)) for text in texts))
    substrings = _Substrings(characters)
    outside = np.r_[True, (characters == _SPACE) | (characters == _LINE), True]
    edges = np.flatnonzero(outside[1:] != outside[:-1])
    starts, ends = edges[::2], edges[1::2]
    rows = np.cumsum(characters == _LINE)[starts]
    found = []
    for size in range(sizes[0], sizes[1] + 1):
        first, last = np.arange(len(rows) - size + 1), np.arange(size - 1, len(rows))
        same = rows[first] == rows[last]
        first, last = first[same], last[same]
        found.append((rows[first], substrings.hashes(starts[first], ends[last])))
    return _joined(found)


def _character_spans(texts: Sequence[str], sizes: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return row and hash of every n-gram of characters inside a word and a space on either side.

    As scikit-learn's `char_wb` cuts them: a word that is shorter than the shortest n-gram counts
    once, whole.
    """
    padded = (f" {words} " if (words := " ".join(text.split())) else "" for text in texts)
    characters = _characters("\n".join(padded))
    substrings = _Substrings(characters)
    spaces = np.r_[0, np.cumsum(characters == _SPACE)]
    lines = np.r_[0, np.cumsum(characters == _LINE)]
    found = []
    for size in range(sizes[0], sizes[1] + 1):
        starts = np.arange(len(characters) - size + 1)
        ends = starts + size
        inside = (lines[ends] == lines[starts]) & (spaces[ends - 1] == spaces[starts + 1])
        starts, ends = starts[inside], ends[inside]
        found.append((lines[starts], substrings.hashes(starts, ends)))
    # Words between two spaces of one line.
    at = np.flatnonzero(characters == _SPACE)
    short = (np.diff(at) + 1 < sizes[0]) & (np.diff(at) > 1) & (lines[at[:-1]] == lines[at[1:]])
    starts, ends = at[:-1][short], at[1:][short] + 1
    found.append((lines[starts], substrings.hashes(starts, ends)))
    return _joined(found)


def _joined(found: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    rows, hashes = zip(*found, strict=True)
    return np.concatenate(rows).astype(np.int64), np.concatenate(hashes)


def as_lines(terms: Iterable[str]) -> np.ndarray:
    """Return n-grams as `NgramTfidf` takes them."""
    return np.frombuffer("\n".join(terms).encode(), np.uint8)
