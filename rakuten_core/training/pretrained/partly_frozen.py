"""Pre-trained image networks cut in two: a front that stays as it is, a back that is trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import keras
import numpy as np
from keras import layers

from rakuten_core.training.pretrained.clip_vision import (
    first_layers,
    last_layers,
    place_tower,
    read_tower,
)
from rakuten_core.training.pretrained.efficientnet_lite import VARIANTS, imagenet_network
from rakuten_core.training.pretrained.weight_rounding import round_tower

FrontWeights = Literal["float16", "int8"]


class PartlyFrozen(Protocol):
    """A network in two parts.

    Attributes:
        front_weights: how the front is kept while the back is trained; see `export_lite`.
    """

    front_weights: ClassVar[FrontWeights]

    def front_name(self) -> str:
        """Return what names the front and its weights."""

    def front(self) -> keras.Model:
        """Return the front, from preprocessed photos to maps."""

    def back(self) -> keras.Model:
        """Return a new back to train, from the front's maps."""

    def whole(self, back: keras.Model) -> keras.Model:
        """Return front and trained back as one network, from photos to feature maps."""


@dataclass(frozen=True)
class PartlyFrozenEfficientNet:
    """EfficientNet-Lite whose blocks after one (counted from 0) are trained."""

    name: str
    image_size: int
    last_frozen: int
    front_weights: ClassVar[FrontWeights] = "float16"

    def front_name(self) -> str:
        """Return what names the front and its weights."""
        return f"{self.name}-to-{self._cut()}"

    def _cut(self) -> str:
        return VARIANTS[self.name].last_layer(self.last_frozen)

    def front(self) -> keras.Model:
        """Return the front, from preprocessed photos to maps."""
        network = imagenet_network(self.name, self.image_size)
        return keras.Model(network.input, network.get_layer(self._cut()).output)

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
    """CLIP's image tower whose layers after one (counted from 0) are trained, with weights rounded
    to few values.

    Attributes:
        image_size: side of the photos in pixels.
        last_frozen: number of the last layer that stays as it is.
        depth: layers of the tower, from the first.
        dtype: of the layers while they are trained, a Keras policy.
        levels: values above zero of each output's weights.
        examples: returns preprocessed photos; see `round_tower`.
        examples_key: tells which these are.
    """

    image_size: int
    last_frozen: int
    depth: int
    dtype: str
    levels: int
    examples: Callable[[], np.ndarray]
    examples_key: str
    front_weights: ClassVar[FrontWeights] = "int8"

    def front_name(self) -> str:
        """Return what names the front and its weights."""
        return f"clip_vit_b16-to-layer{self.last_frozen}-{self.levels}-levels-{self.examples_key}"

    def front(self) -> keras.Model:
        """Return the front, rounded, from preprocessed photos to tokens."""
        front = first_layers(read_tower(), self.image_size, self.last_frozen + 1)
        round_tower(front, self.examples(), self.levels)
        return front

    def back(self) -> keras.Model:
        """Return a new back to train, from the front's tokens to normalised tokens."""
        return last_layers(read_tower(), self.last_frozen + 1, self.depth, self.dtype)

    def whole(self, back: keras.Model) -> keras.Model:
        """Return front and trained back as one network, all of it rounded."""
        whole = place_tower(read_tower(), self.image_size, self.depth)
        for layer in back.layers:
            if layer.weights:
                whole.get_layer(layer.name).set_weights(layer.get_weights())
        round_tower(whole, self.examples(), self.levels)
        return whole
