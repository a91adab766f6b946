"""What each word does to the whole answer: the product is asked about again without it.

Li, Monroe and Jurafsky, Understanding Neural Networks through Representation Erasure (2016). No
model is opened: what counts is what comes out of all of them together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rakuten_core.data.products import Products
from rakuten_core.inference.models.model import Asked, LoadedModel
from rakuten_core.text.markup import plain_text

MOST_WORDS = 24
"""Words that are left out one by one; a longer text is left out sentence by sentence."""
_MOST_SENTENCES = 12
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;:])\s+|\s*\n+\s*")
_CERTAIN = 1e-6


@dataclass(frozen=True)
class Influence:
    """A piece of the text and what it does to the answer.

    Attributes:
        text: a word, or a sentence, markup taken away.
        field: `title` or `description`.
        gain: by how much it raises the log-odds of the answer: positive where it speaks for it.
    """

    text: str
    field: str
    gain: float


@dataclass(frozen=True)
class Influences:
    """What the pieces of a text do to an answer, in reading order.

    Attributes:
        pieces: words, or for a field with many words its sentences; of a long description only the
            first, as many as are asked about.
        by_sentence: the fields that were left out sentence by sentence.
        stage: name of the model whose answer it is.
    """

    pieces: tuple[Influence, ...]
    by_sentence: tuple[str, ...]
    stage: str


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """Return the log-odds of probabilities, kept finite."""
    kept = np.clip(probabilities, _CERTAIN, 1 - _CERTAIN)
    return np.log(kept / (1 - kept))


def influences(
    model: LoadedModel,
    products: Products,
    answer: np.ndarray,
    known: Sequence[tuple[LoadedModel, np.ndarray]] = (),
) -> Influences:
    """Return what each piece of a product's text does to a model's answer, all in one batch.

    Args:
        model: that gave the answer.
        products: one product.
        answer: (27,) what the model said of it.
        known: models that do not read the text, and what they said.
    """
    fields = {
        "title": plain_text(products.titles[0]).split(),
        "description": plain_text(products.descriptions[0]).split(),
    }
    by_sentence = []
    pieces: list[tuple[str, list[str], int]] = []
    for field, words in fields.items():
        parts = words
        if len(words) > MOST_WORDS:
            text = plain_text(getattr(products, f"{field}s")[0])
            parts = [part for part in _SENTENCE_ENDS.split(text) if part][:_MOST_SENTENCES]
            by_sentence.append(field)
        pieces += [(field, parts, place) for place in range(len(parts))]
    if not pieces:
        return Influences((), (), model.name)
    rest = {field: " ".join(words) for field, words in fields.items()}
    variants = [
        rest | {field: _without(rest[field], parts, place)} for field, parts, place in pieces
    ]
    asked = Asked(
        Products(
            [variant["title"] for variant in variants],
            [variant["description"] for variant in variants],
            list(products.photos) * len(variants),
        )
    )
    for other, said in known:
        asked.assume(other, said)
    best = int(answer.argmax())
    without = asked.probabilities(model, np.arange(len(variants)))[:, best]
    # Without its only word, a product has nothing to go by: each type is as likely.
    without = np.nan_to_num(without, nan=1 / len(answer))
    gains = log_odds(answer[best]) - log_odds(without)
    return Influences(
        tuple(
            Influence(parts[place], field, float(gain))
            for (field, parts, place), gain in zip(pieces, gains, strict=True)
        ),
        tuple(by_sentence),
        model.name,
    )


def _without(text: str, parts: Sequence[str], place: int) -> str:
    """Return a text without one of its parts, in the spelling that the others have."""
    if len(parts) > 1 and " ".join(parts) == text:
        return " ".join([*parts[:place], *parts[place + 1 :]])
    return text.replace(" ".join(parts[place].split()), "", 1).strip()
