"""Pre-trained image networks cut in two: a front that stays as it is, a back that is trained."""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import layers

from rakuten_core.training.pretrained.efficientnet_lite import VARIANTS, imagenet_network


@dataclass(frozen=True)
class PartlyFrozenEfficientNet:
    """EfficientNet-Lite whose blocks after one (counted from 0) are trained."""

    name: str
    image_size: int
    last_frozen: int
    preprocessing = "efficientnet_lite"

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
