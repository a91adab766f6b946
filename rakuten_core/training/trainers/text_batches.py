"""Batches of texts of like length, in an order of its own for each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rakuten_core.data.products import Products
from rakuten_core.inference.models.linear import normalise
from rakuten_core.inference.models.transformer import TextTransformer

# Texts are padded to multiples of this: fewer shapes to lay out.
MULTIPLE = 8


class TextBatches:
    """Texts of like length together, in an order of its own for each epoch.

    Args:
        model: encodes the texts.
        products: to learn from.
        targets: float32 (products, 27), the shares of each product's types.
        batch_size: texts per step.
        plain_share: of the texts that are shown in lower case without accents.
        seed: of all that is random.
    """

    shape: tuple[int | None, ...] = (None,)

    def __init__(
        self,
        model: TextTransformer,
        products: Products,
        targets: np.ndarray,
        batch_size: int,
        plain_share: float,
        seed: int,
    ) -> None:
        self._written = model.encode(products)
        self._plain = model.encode(
            Products.of_texts(
                [normalise(text) for text in products.titles],
                [normalise(text) for text in products.descriptions],
            )
        )
        self._targets = targets
        self._batch_size, self._plain_share, self._seed = batch_size, plain_share, seed
        self.shuffle(0)

    def shuffle(self, epoch: int) -> None:
        """Draw the order and the forms of the texts for an epoch."""
        generator = np.random.default_rng((self._seed, epoch))
        plain = generator.random(len(self._written)) < self._plain_share
        pairs = zip(self._written, self._plain, plain, strict=True)
        self._texts = [second if chosen else first for first, second, chosen in pairs]
        lengths = np.array([len(text) for text in self._texts])
        order = np.lexsort((generator.random(len(lengths)), lengths // MULTIPLE))
        starts = range(0, len(order), self._batch_size)
        batches = [order[start : start + self._batch_size] for start in starts]
        self._rows = [batches[number] for number in generator.permutation(len(batches))]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for rows in self._rows:
            yield padded([self._texts[row] for row in rows]), self._targets[rows]


def padded(texts: Sequence[Sequence[int]]) -> np.ndarray:
    """Return token ids padded with 0 to the longest text, int32 (texts, length)."""
    longest = max(len(text) for text in texts)
    ids = np.zeros((len(texts), -(-longest // MULTIPLE) * MULTIPLE), np.int32)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    return ids
