"""Batches of texts of like length, in an order of its own for each epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
from tqdm.auto import tqdm

from rakuten_core.data.products import Products
from rakuten_core.inference.models.linear import normalise
from rakuten_core.inference.models.transformer import TextTransformer

MULTIPLE = 8
"""Texts are padded to multiples of this: fewer shapes to lay out."""
_SHORTEST_COMPILED = 32
_ANSWERED_TOGETHER = 64


class TextBatches:
    """Texts of like length together, in an order of its own for each epoch.

    Args:
        model: encodes the texts.
        products: to learn from.
        targets: float32 (products, 27), the shares of each product's types.
        batch_size: texts per step; fewer only if there are fewer.
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
        self._targets, self._length = targets, model.length
        self._batch_size = min(batch_size, len(targets))
        self._plain_share, self._seed = plain_share, seed
        self.shuffle(0)

    def shuffle(self, epoch: int) -> None:
        """Draw the order and the forms of the texts for an epoch."""
        generator = np.random.default_rng((self._seed, epoch))
        plain = generator.random(len(self._written)) < self._plain_share
        pairs = zip(self._written, self._plain, plain, strict=True)
        self._texts = [second if chosen else first for first, second, chosen in pairs]
        lengths = np.array([len(text) for text in self._texts])
        order = np.lexsort((generator.random(len(lengths)), lengths // MULTIPLE))
        # Whole batches only: some texts are seen twice to fill the last one.
        order = np.concatenate([order, order[: -len(order) % self._batch_size]])
        starts = range(0, len(order), self._batch_size)
        batches = [order[start : start + self._batch_size] for start in starts]
        self._rows = [batches[number] for number in generator.permutation(len(batches))]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for rows in self._rows:
            yield padded([self._texts[row] for row in rows], self._length), self._targets[rows]


def padded(texts: Sequence[Sequence[int]], most: int) -> np.ndarray:
    """Return token ids padded with 0, int32 (texts, length), to the longest text or a little more.

    With JAX to a power of two: it compiles a network anew for each length.

    Args:
        texts: none longer than `most`.
        most: places that the network has, a multiple of `MULTIPLE`.
    """
    length = -(-max(len(text) for text in texts) // MULTIPLE) * MULTIPLE
    if keras.backend.backend() == "jax":
        length = min(most, max(_SHORTEST_COMPILED, 1 << (length - 1).bit_length()))
    ids = np.zeros((len(texts), length), np.int32)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    return ids


def answers_to_texts(network: keras.Model, texts: Sequence[Sequence[int]], most: int) -> np.ndarray:
    """Return what a network makes of texts as token ids, float32 (texts, values).

    Args:
        network: takes padded ids.
        texts: none longer than `most`.
        most: places that the network has.
    """
    order = np.argsort([len(text) for text in texts], kind="stable")
    result = np.empty((len(texts), network.output_shape[-1]), np.float32)
    # A few texts are answered before the network would be laid out for them.
    few = len(order) < _ANSWERED_TOGETHER
    run = network if few else _compiled(network)
    starts = range(0, len(order), _ANSWERED_TOGETHER)
    for start in tqdm(starts, desc="texts", unit="batch", mininterval=5, disable=few):
        rows = order[start : start + _ANSWERED_TOGETHER]
        # Always as many: no shape is laid out twice.
        filled = rows if few else np.resize(rows, _ANSWERED_TOGETHER)
        shown = padded([texts[row] for row in filled.tolist()], most)
        result[rows] = np.asarray(run(shown))[: len(rows)]
    return result


def _compiled(network: keras.Model) -> Callable[[np.ndarray], Any]:
    if keras.backend.backend() != "tensorflow":
        return network.predict_on_batch
    import tensorflow as tf

    return tf.function(network, reduce_retracing=True)
