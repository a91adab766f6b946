"""A residual network: the study's on frozen ImageNet weights, or trained from scratch without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from rakuten_core.model_entry import FROM_SCRATCH
from rakuten_core.training.fitting import rising_and_falling
from rakuten_core.training.pretrained.backbones import BACKBONES
from rakuten_core.training.study2022.image_networks import BackboneNetwork
from rakuten_core.training.trainable import Learning


class ResidualNetwork(BackboneNetwork):
    """`image_resnet50`: a residual network (He et al. 2016), whose weights no package carries.

    Given ImageNet weights (`--weights resnet50=FILE`), it is the study's network: a dense head on a
    frozen backbone. Without, backbone and head are trained from scratch together, on augmented
    photos, at a learning rate that rises and falls along a cosine; the best epoch is kept.

    Args:
        backbone: a name of `backbones.BACKBONES` that `keras.applications` builds.
        image_size: side of the photos in pixels; by default 224 with weights and, from scratch,
            what two cores can bear, 64.
        learning_rate: from scratch, at its highest.
        options: see `BackboneNetwork`.
    """

    def __init__(
        self,
        backbone: str = "resnet50",
        image_size: int | None = None,
        crop: float = 0.0,
        augment: bool = False,
        unfreeze: int = 0,
        units: int = 256,
        epochs: int = 15,
        batch_size: int = 64,
        learning_rate: float = 1e-3,
        weights: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            backbone, image_size, crop, augment, unfreeze, units, epochs, batch_size, weights
        )
        self.learning_rate = learning_rate

    def parameters(self) -> dict[str, Any]:
        """Return all hyper-parameters; `weights` says what the backbone started from."""
        start = {} if self._weights_file() else {"weights": FROM_SCRATCH, "augment": True}
        return super().parameters() | {"image_size": self._side()} | start

    def _side(self) -> int:
        return self.image_size or (224 if self._weights_file() else 64)

    def fit(self, learning: Learning) -> ResidualNetwork:
        """Learn from train; validation chooses the epoch."""
        if self._weights_file():
            super().fit(learning)
            return self
        build = BACKBONES[self.backbone].application
        assert build is not None
        shape = (self._side(), self._side(), 3)
        keras.utils.set_random_seed(learning.seed)
        backbone = build(include_top=False, weights=None, input_shape=shape)
        self.cache = learning.cache
        self.head_ = self._build_head(backbone.output_shape[-1])
        steps = -(-len(learning.train) // self.batch_size) * self.epochs
        self._fit_whole(
            learning,
            backbone,
            augment=True,
            learning_rate=rising_and_falling(steps, self.learning_rate),
            normalise_by_batch=True,
            patience=self.epochs,
        )
        return self
