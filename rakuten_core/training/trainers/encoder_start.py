"""What the fine-tuning of a sentence encoder starts from: its weights and the pieces it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import keras
import numpy as np

from rakuten_core.data.products import Products
from rakuten_core.inference.models.linear import normalise
from rakuten_core.inference.models.transformer import SPECIAL, TextTransformer, tokenizer
from rakuten_core.taxonomy import CODES
from rakuten_core.text.markup import plain_text
from rakuten_core.training.pretrained.encoder_network import text_network
from rakuten_core.training.pretrained.multilingual_e5 import PretrainedEncoder
from rakuten_core.training.trainers.text_batches import answers_to_texts

_NEVER_A_PIECE_OF_TEXT = -100.0


class EncoderStart:
    """What every stage of the fine-tuning has in common.

    Args:
        encoder: as it comes.
        kept: ids in the encoder of the pieces that are used; see `pieces_of`.
        length: pieces of a text at most.
        depth: layers that are used, from the first.
    """

    def __init__(
        self, encoder: PretrainedEncoder, kept: np.ndarray, length: int, depth: int
    ) -> None:
        self.encoder = encoder
        self.kept = kept
        self.length = length
        self.depth = depth

    @cached_property
    def model(self) -> TextTransformer:
        """Tokenizes texts into the pieces that are used; its weights are not there yet."""
        pieces = self.kept[len(SPECIAL) :]
        return TextTransformer(
            [*SPECIAL, *(self.encoder.pieces[piece] for piece in pieces)],
            [*[_NEVER_A_PIECE_OF_TEXT] * len(SPECIAL), *self.encoder.scores[pieces]],
            self.length,
        )

    def network(self, dropout: float, dtype: str) -> keras.Model:
        """Return a new network to train; see `text_network`."""
        return text_network(
            self.encoder, self.kept, self.length, self.depth, len(CODES), dropout, dtype
        )

    def exact(self, weights: Sequence[np.ndarray]) -> keras.Model:
        """Return the network with trained weights, in 32-bit floats, without dropout."""
        network = self.network(0.0, "float32")
        network.set_weights(list(weights))
        return network

    def answers(self, network: keras.Model, products: Products) -> np.ndarray:
        """Return what a network makes of products' texts, float32 (products, values)."""
        return answers_to_texts(network, self.model.encode(products), self.length)


def pieces_of(
    encoder: PretrainedEncoder, known: Sequence[Products], minimum_products: int
) -> np.ndarray:
    """Return the ids in the encoder of the special pieces and of those that enough products hold.

    Args:
        encoder: as it comes.
        known: products whose texts are counted.
        minimum_products: pieces of fewer products are left out.
    """
    tokenize = tokenizer(encoder.pieces, encoder.scores, encoder.special["unknown"])
    counts: Counter[int] = Counter()
    for products in known:
        for title, description in zip(products.titles, products.descriptions, strict=True):
            texts = [
                form(text) for text in (title, description) for form in (plain_text, normalise)
            ]
            counts.update({id for each in tokenize.encode_batch_fast(texts) for id in each.ids})
    special = [encoder.special[name.strip("<>")] for name in SPECIAL]
    enough = (piece for piece, count in counts.items() if count >= minimum_products)
    return np.array([*special, *sorted(set(enough) - set(special))])
