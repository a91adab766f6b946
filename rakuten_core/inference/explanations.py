"""Why an answer came out: words, places in the photo, and what each input added to the decision.

All of it is read off the linear parts of the models: exact, and no more work than an answer.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from rakuten_core.inference.models.image_network import LinearHead
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.text.markup import plain_text, without_accents

_WORD = re.compile(r"\w+")
_EDGES = re.compile(r"^\W+|\W+$")
# Of words that are named: how many letters they have, and how much of the strongest's pull.
_SHORTEST, _LITTLE = 3, 0.15


@dataclass(frozen=True)
class Word:
    """A word as entered and what it adds to the score of each type.

    Attributes:
        text: the word as it stands in the text, markup taken away.
        contributions: (27,), in the order of `taxonomy.CODES`.
        known: whether the model knows the word itself, and not only strings of its letters.
    """

    text: str
    contributions: np.ndarray
    known: bool


@dataclass(frozen=True)
class TextExplanation:
    """What the linear text model made of each word.

    The contributions of all words of both fields and the intercepts add up to the model's scores.

    Attributes:
        title: the title's words in reading order.
        description: the description's words in reading order.
        intercepts: (27,) what each type starts from.
    """

    title: tuple[Word, ...]
    description: tuple[Word, ...]
    intercepts: np.ndarray

    def scores(self) -> np.ndarray:
        """Return the model's scores, (27,), as the sum of all parts."""
        return self.intercepts + sum(
            (word.contributions for word in (*self.title, *self.description)),
            start=np.zeros(len(self.intercepts)),
        )

    @property
    def knows_a_word(self) -> bool:
        """Whether the model knows any of the words; else its scores are of strings of letters."""
        return any(word.known for word in (*self.title, *self.description))

    def strongest(self, kind: int, against: int, most: int = 5) -> list[str]:
        """Return the words that speak most for a type against another, strongest first.

        Words of fewer than three letters and words that say little beside the strongest are left
        out.

        Args:
            kind: the type's class index.
            against: the other's.
            most: how many words.
        """
        pulls: dict[str, float] = defaultdict(float)
        for word in (*self.title, *self.description):
            text = _EDGES.sub("", word.text)
            if sum(letter.isalpha() for letter in text) >= _SHORTEST:
                pulls[text] += word.contributions[kind] - word.contributions[against]
        ranked = sorted(pulls, key=lambda text: -pulls[text])
        enough = _LITTLE * max(map(abs, pulls.values()), default=0.0)
        return [text for text in ranked[:most] if pulls[text] > enough]

    def difference(self, kind: int, against: int) -> float:
        """Return what all words together add to a type's score against another's."""
        return float(
            sum(
                word.contributions[kind] - word.contributions[against]
                for word in (*self.title, *self.description)
            )
        )


def explain_text(model: TextLinear, title: str, description: str) -> TextExplanation:
    """Share the scores of a linear text model out among the words as entered.

    The score of a type is a sum over n-grams. What an n-gram adds is shared equally by its
    occurrences, and an occurrence's share by the words that it spans.
    """
    words = [plain_text(text).split() for text in (title, description)]
    shares = [np.zeros((len(field), model.coefficients_.shape[1])) for field in words]
    known: tuple[set[int], set[int]] = (set(), set())
    start = 0
    for position, block in enumerate(model.blocks_):
        field = position // 2
        grams = _word_grams if block.analyzer == "word" else _character_grams
        every = list(grams(words[field], block.sizes))
        columns_of_all = block.columns_of([gram for gram, _owners in every]).tolist()
        found = [
            (column, owners)
            for column, (_gram, owners) in zip(columns_of_all, every, strict=True)
            if column >= 0
        ]
        if block.analyzer == "word":
            known[field].update(owners[0] for _, owners in found if len(owners) == 1)
        counts = Counter(column for column, _ in found)
        if counts:
            columns = np.array(list(counts))
            values = 1 + np.log([counts[column] for column in columns])
            values = values * block.idf[columns]
            values /= np.linalg.norm(values)
            parts = values[:, np.newaxis] * model.coefficients_[start + columns].astype(float)
            row = {column: number for number, column in enumerate(columns)}
            for column, owners in found:
                part = parts[row[column]] / (counts[column] * len(owners))
                for owner in owners:
                    shares[field][owner] += part
        start += len(block)
    title_words, description_words = (
        tuple(
            Word(text, share, position in positions)
            for position, (text, share) in enumerate(zip(texts, field, strict=True))
        )
        for texts, field, positions in zip(words, shares, known, strict=True)
    )
    return TextExplanation(title_words, description_words, model.intercepts_.astype(float))


def _pieces(words: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield what the model reads of each word, with the word's position."""
    for owner, word in enumerate(words):
        for piece in without_accents(word.lower()).split():
            yield piece, owner


def _word_grams(words: Sequence[str], sizes: tuple[int, int]) -> Iterator[tuple[str, list[int]]]:
    tokens = [(token, owner) for piece, owner in _pieces(words) for token in _WORD.findall(piece)]
    for size in range(sizes[0], sizes[1] + 1):
        for first in range(len(tokens) - size + 1):
            span = tokens[first : first + size]
            yield " ".join(token for token, _ in span), [owner for _, owner in span]


def _character_grams(
    words: Sequence[str], sizes: tuple[int, int]
) -> Iterator[tuple[str, list[int]]]:
    # As scikit-learn's `char_wb` cuts them: inside each word with a space on either side; a word
    # that is shorter than the n-gram counts once, whole.
    for piece, owner in _pieces(words):
        padded = f" {piece} "
        for size in range(sizes[0], sizes[1] + 1):
            for first in range(max(1, len(padded) - size + 1)):
                yield padded[first : first + size], [owner]
            if size >= len(padded):
                break


def activation_map(model: LinearHead, features: np.ndarray, kind: int) -> np.ndarray:
    """Return how much each position of a photo speaks for a type against the average type.

    Class activation mapping (Zhou et al. 2016): with average pooling and a linear head, the score
    is the mean of one score per position, so the map is exact and needs no gradient.

    Args:
        model: the linear head.
        features: the network's last feature map, (rows, columns, channels).
        kind: the type's class index.

    Returns:
        float64 (rows, columns); its mean, with the intercepts, is the type's score above the mean
        score of the types that the model knows.
    """
    known = np.abs(model.coefficients_).max(axis=0) > 0
    weights = model.coefficients_[:, kind] - model.coefficients_[:, known].mean(axis=1)
    return features.astype(float) @ weights.astype(float)


def overlay(square: np.ndarray, activations: np.ndarray) -> Image.Image:
    """Return a photo in grey with the positions that speak for the answer in colour, warm for much.

    Args:
        square: uint8 (size, size, 3), what the network was shown.
        activations: of `activation_map`.
    """
    size = square.shape[0]
    positive = np.clip(activations, 0, None)
    picture = Image.fromarray((positive / max(positive.max(), 1e-9)).astype(np.float32))
    picture = picture.resize((size, size), Image.Resampling.BICUBIC)
    heat = np.asarray(picture).clip(0, 1)[..., np.newaxis]
    grey = square.mean(axis=2, keepdims=True) * 0.75 + 48
    # From the grey photo over orange to red.
    colour = np.concatenate([np.full_like(heat, 255), 190 * (1 - heat), 40 * (1 - heat)], axis=2)
    mixed = grey * (1 - 0.75 * heat) + colour * 0.75 * heat
    return Image.fromarray(mixed.clip(0, 255).astype(np.uint8))


@dataclass(frozen=True)
class Contributions:
    """How the decision between two types came about, in log-odds; positive is for the first.

    Attributes:
        text: what the text added.
        image: what the photo added.
        start: what the first type starts with.
    """

    text: float
    image: float
    start: float


@dataclass(frozen=True)
class Explanation:
    """Why a product got its type.

    Attributes:
        best: class index of the answer.
        runner_up: class index of the second.
        text: shares of the words; None without text.
        activations: how much each position of the photo spoke for the answer, (rows, columns); None
            without photo.
        photo: the photo with those positions in colour; None without photo.
        contributions: what text and photo each added; None unless both were given and the fusion
            is a weighted sum.
        text_model: name of the model whose weights the words show; None if there is no such model.
        image_model: name of the image model that is explained.
    """

    best: int
    runner_up: int
    text: TextExplanation | None
    activations: np.ndarray | None
    photo: Image.Image | None
    contributions: Contributions | None
    text_model: str | None
    image_model: str
