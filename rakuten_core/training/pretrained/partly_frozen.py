"""Pre-trained image networks cut in two: a front that stays as it is, a back that is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import keras
from keras import layers

from rakuten_core.training.lite_export import round_dense
from rakuten_core.training.pretrained.clip_vision import first_layers, last_layers, read_tower
from rakuten_core.training.pretrained.efficientnet_lite import VARIANTS, imagenet_network

# Dense weights of the transformer in six bits: two thirds of the size of eight, packed.
_LEVELS = 31


class PartlyFrozen(Protocol):
    """A network in two parts.

    Attributes:
        preprocessing: a name of `images.preprocessing.PREPROCESSING`.
        known_ranges: whether values between layers are rounded by ranges found on examples when
            the whole is quantized; else by each photo's own.
    """

    preprocessing: str
    known_ranges: bool

    def front_name(self) -> str:
        """Return what names the front and its weights."""

    def front(self) -> keras.Model:
        """Return the front, from preprocessed photos to maps."""

    def back(self) -> keras.Model:
        """Return a new back to train, from the front's maps to feature maps."""

    def whole(self, back: keras.Model) -> keras.Model:
        """Return front and trained back as one network, rounded as it ships."""


@dataclass(frozen=True)
class PartlyFrozenEfficientNet:
    """EfficientNet-Lite whose blocks after one (counted from 0) are trained."""

    name: str
    image_size: int
    last_frozen: int
    preprocessing = "efficientnet_lite"
    known_ranges = True

    def front_name(self) -> str:
        """Return what names the front and its weights."""
        return f"{self.name}-to-{self._cut()}"

    def _cut(self) -> str:
        return VARIANTS[self.name].last_layer(self.last_frozen)

    def front(self) -> keras.Model:
        """Return the front, from preprocessed photos to maps."""
        network = imagenet_network(self.name, self.image_size)
        return keras.Model(network.inputs, network.get_layer(self._cut()).output)

    def back(self) -> keras.Model:
        """Return a new back to train, from the front's maps to feature maps."""
        network = imagenet_network(self.name, self.image_size)
        back = keras.Model(network.get_layer(self._cut()).output, network.output)
        for layer in back.layers:
            # Batches are small and ImageNet's statistics good: the norms stay as they are.
            if isinstance(layer, layers.BatchNormalization):
                layer.trainable = False
        return back

    def whole(self, back: keras.Model) -> keras.Model:
        """Return front and trained back as one network."""
        network = imagenet_network(self.name, self.image_size)
        for layer in back.layers:
            if layer.weights:
                network.get_layer(layer.name).set_weights(layer.get_weights())
        return network


@dataclass(frozen=True)
class PartlyFrozenClip:
    """CLIP's image tower up to a layer; those after `last_frozen` (counted from 0) are trained."""

    image_size: int
    last_frozen: int
    depth: int
    drop_path: float
    dtype: str
    preprocessing = "clip"
    known_ranges = False

    def front_name(self) -> str:
        """Return what names the front and its weights."""
        return f"clip_vit_b16-to-layer{self.last_frozen}-{_LEVELS}-levels"

    def front(self) -> keras.Model:
        """Return the front, from preprocessed photos to tokens."""
        front = first_layers(read_tower(), self.image_size, self.last_frozen + 1)
        round_dense(front, _LEVELS)
        return front

    def back(self) -> keras.Model:
        """Return a new back to train, from the front's tokens to feature maps."""
        return self._back(self.dtype)

    def _back(self, dtype: str) -> keras.Model:
        tokens = 1 + (self.image_size // 32) ** 2
        first = self.last_frozen + 1
        return last_layers(read_tower(), tokens, first, self.depth, self.drop_path, dtype)

    def whole(self, back: keras.Model) -> keras.Model:
        """Return front and trained back as one network, rounded as it ships."""
        exact = self._back("float32")
        exact.set_weights(back.get_weights())
        round_dense(exact, _LEVELS)
        front = self.front()
        return keras.Model(front.inputs, exact(front.output))
