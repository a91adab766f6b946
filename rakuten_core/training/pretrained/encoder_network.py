"""A transformer encoder as a Keras graph, started from the weights of multilingual E5.

Architecture: Vaswani et al., Attention Is All You Need (2017), with the norms after the sums as in
BERT (Devlin et al. 2019).
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from rakuten_core.language import _
from rakuten_core.training.pretrained.multilingual_e5 import PretrainedEncoder

_FAR_BELOW = -1e9


class EncoderLayer(layers.Layer):
    """Self-attention and a dense network for each piece of text.

    Args:
        heads: of the attention.
        epsilon: of the layer norms.
        dropout: share of each sub-layer's output that is dropped while training.
    """

    def __init__(self, heads: int, epsilon: float, dropout: float = 0.0, **kwargs) -> None:
        super().__init__(**kwargs)
        self.heads = heads
        self.epsilon = epsilon
        self.dropout = layers.Dropout(dropout, dtype=self.dtype_policy)

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights for vectors of `shape[-1]` dimensions."""
        width = shape[-1]
        if width is None:
            raise ValueError(_("The vectors must have a known number of dimensions."))

        def dense(name: str, inputs: int, outputs: int) -> layers.Dense:
            made = layers.Dense(outputs, name=name, dtype=self.dtype_policy)
            made.build((None, None, inputs))
            return made

        def norm(name: str) -> layers.LayerNormalization:
            made = layers.LayerNormalization(
                epsilon=self.epsilon, name=name, dtype=self.dtype_policy
            )
            made.build(shape)
            return made

        self.query_key_value = dense("query_key_value", width, 3 * width)
        self.attended = dense("attended", width, width)
        self.inner = dense("inner", width, 4 * width)
        self.outer = dense("outer", 4 * width, width)
        self.attention_norm = norm("attention_norm")
        self.norm = norm("norm")

    def call(
        self, x: keras.KerasTensor, bias: keras.KerasTensor | None = None, training: bool = False
    ) -> keras.KerasTensor:
        """Return new vectors, of the shape of `x`.

        Args:
            x: (batch, pieces, dimensions).
            bias: (batch, 1, 1, pieces), added to the attention's scores; None for no padding.
            training: whether to drop.
        """
        batch, pieces, width = ops.shape(x)[0], ops.shape(x)[1], x.shape[-1]
        depth = width // self.heads
        split = ops.reshape(self.query_key_value(x), (batch, pieces, 3, self.heads, depth))
        query, key, value = ops.unstack(ops.transpose(split, (2, 0, 3, 1, 4)), 3)
        scores = ops.cast(ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))), "float32")
        scores = scores * depth**-0.5
        if bias is not None:
            scores = scores + ops.cast(bias, "float32")
        shares = ops.cast(ops.softmax(scores), value.dtype)
        mixed = ops.transpose(ops.matmul(shares, value), (0, 2, 1, 3))
        mixed = self.attended(ops.reshape(mixed, (batch, pieces, width)))
        x = self.attention_norm(x + self.dropout(mixed, training=training))
        deep = self.outer(ops.gelu(self.inner(x), approximate=True))
        return self.norm(x + self.dropout(deep, training=training))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns."""
        return shape


class PieceVectors(layers.Layer):
    """A vector for each piece and for each position, added.

    Args:
        vectors: float32 (pieces, dimensions), to start from.
        positions: float32 (positions, dimensions), to start from.
    """

    def __init__(self, vectors: np.ndarray, positions: np.ndarray, **kwargs) -> None:
        super().__init__(**kwargs)
        self._start = vectors, positions

    def build(self, _: tuple[int | None, ...]) -> None:
        """Make the weights."""
        self.vectors, self.positions = (
            self.add_weight(shape=start.shape, name=name, initializer=lambda *_, s=start, **__: s)
            for name, start in zip(("vectors", "positions"), self._start, strict=True)
        )

    def call(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        """Return (batch, pieces, dimensions) of int32 ids (batch, pieces)."""
        return ops.take(self.vectors, ids, axis=0) + self.positions[: ops.shape(ids)[1]]

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns."""
        return (*shape, self._start[0].shape[1])


def text_network(
    encoder: PretrainedEncoder,
    kept: np.ndarray,
    length: int,
    depth: int,
    kinds: int,
    dropout: float,
    dtype: str,
) -> keras.Model:
    """Build the network to train, from the pieces of a text to its scores.

    Args:
        encoder: where the weights start.
        kept: ids in `encoder.pieces` of the pieces that the network knows; 0 is the padding.
        length: pieces of a text at most.
        depth: how many of the encoder's layers are used.
        kinds: product types.
        dropout: share that is dropped while training.
        dtype: of the encoder's layers, a Keras policy such as `mixed_bfloat16`.

    Returns:
        A model from int32 (batch, pieces), padded with 0, to float32 (batch, kinds).
    """
    tensors = encoder.tensors
    ids = keras.Input((None,), dtype="int32")
    inside = ops.cast(ops.not_equal(ids, 0), "float32")
    positions = tensors["position"][:length] + tensors["kind"]
    x = PieceVectors(tensors["word"][kept], positions, name="pieces")(ids)
    x = _layers(encoder, x, (1 - inside)[:, None, None, :] * _FAR_BELOW, depth, dropout, dtype)
    inside = ops.expand_dims(inside, -1)
    mean = ops.sum(ops.cast(x, "float32") * inside, axis=1) / ops.sum(inside, axis=1)
    features = layers.Dropout(dropout, name="features")(mean)
    model = keras.Model(ids, layers.Dense(kinds, name="scores")(features))
    model.get_layer("norm").set_weights([tensors["norm.scale"], tensors["norm.shift"]])
    for number in range(depth):
        model.get_layer(f"layer{number}").set_weights(_weights_of_layer(encoder, number))
    return model


def _weights_of_layer(encoder: PretrainedEncoder, number: int) -> list[np.ndarray]:
    """Return an encoder's weights of one layer in the order of `EncoderLayer.get_weights`."""

    def tensor(name: str) -> np.ndarray:
        return encoder.tensors[f"{number}.{name}"]

    inputs = ("query", "key", "value")
    return [
        np.concatenate([tensor(name) for name in inputs], axis=1),
        np.concatenate([tensor(f"{name}.bias") for name in inputs]),
        *(tensor(f"{n}{s}") for n in ("attended", "inner", "outer") for s in ("", ".bias")),
        *(tensor(f"{n}.{s}") for n in ("attention_norm", "norm") for s in ("scale", "shift")),
    ]


def single_text_network(encoder: PretrainedEncoder, trained: keras.Model) -> keras.Model:
    """Return a trained network's encoder for one text at a time, without padding.

    Args:
        encoder: what it was started from.
        trained: of `text_network`.

    Returns:
        A float32 model from the pieces' vectors, (1, pieces, dimensions), to their mean after the
        last layer, (1, dimensions).
    """
    inner = [layer for layer in trained.layers if layer.name.startswith(("norm", "layer"))]
    vectors = keras.Input((None, encoder.tensors["word"].shape[1]), batch_size=1)
    x = _layers(encoder, vectors, None, len(inner) - 1, 0.0, "float32")
    model = keras.Model(vectors, ops.mean(x, axis=1))
    for layer in inner:
        model.get_layer(layer.name).set_weights(layer.get_weights())
    return model


def _layers(
    encoder: PretrainedEncoder,
    x: keras.KerasTensor,
    bias: keras.KerasTensor | None,
    depth: int,
    dropout: float,
    dtype: str,
) -> keras.KerasTensor:
    x = layers.LayerNormalization(epsilon=encoder.epsilon, name="norm")(x)
    for number in range(depth):
        layer = EncoderLayer(
            encoder.heads, encoder.epsilon, dropout, dtype=dtype, name=f"layer{number}"
        )
        x = layer(x, bias)
    return x
