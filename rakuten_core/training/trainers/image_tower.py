"""Fine-tuning of the last layers of CLIP's image tower, feasible without a GPU.

As with `image_finetuned`, what the first layers make of each view of a photo is kept on disk. Of
these tokens the last layers see a part at each step, which is both faster and an augmentation. The
network that learns from validation too goes on from the one that has not seen it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from keras import layers, ops

from rakuten_core.files import key_of
from rakuten_core.inference.models.image_network import LinearHead
from rakuten_core.language import N_
from rakuten_core.taxonomy import CODES
from rakuten_core.training.context import Context
from rakuten_core.training.feature_cache import StoredFeatures
from rakuten_core.training.fitting import fast_dtype
from rakuten_core.training.lite_export import export_lite
from rakuten_core.training.pretrained.backbones import CLIP
from rakuten_core.training.pretrained.partly_frozen import PartlyFrozenClip
from rakuten_core.training.trainers.image_finetuned import TRAIN, ImageFinetunedTrainer
from rakuten_core.training.trainers.map_batches import MapBatches, answers
from rakuten_core.training.trainers.rounding_photos import rounding_photos, shown_to_tower


class ImageTowerTrainer(ImageFinetunedTrainer):
    """Trains `image_clip`: the last layers of the tower, and a linear head on its tokens.

    Args:
        image_size, views, batch_size, mixup, dropout, label_smoothing, weight_decay, head_C,
            teacher_share, needs: see `ImageFinetunedTrainer`.
        depth: layers of the tower, from the first.
        trained_blocks: how many of the last layers are trained.
        epochs: passes over the photos of train.
        final_epochs: passes over those of validation too, at a third of the rate.
        learning_rate: of the head, at its highest.
        layer_decay: see `fitting.fine_tune`.
        kept_tokens: share of each photo's tokens that is shown at a step.
        levels: values above zero of each output's weights, as shipped; 15 for five bits.
    """

    method_version = 2
    checkpoint_name = "image_tower"
    preprocessing = "clip"

    def __init__(
        self,
        image_size: int = 224,
        depth: int = 12,
        trained_blocks: int = 4,
        epochs: int = 5,
        final_epochs: int = 1,
        views: Sequence[tuple[float, bool]] = ((0.0, False), (0.2, True), (0.0, True)),
        learning_rate: float = 2.5e-5,
        layer_decay: float = 0.75,
        weight_decay: float = 0.02,
        dropout: float = 0.2,
        label_smoothing: float = 0.1,
        batch_size: int = 64,
        mixup: float = 0.2,
        kept_tokens: float = 0.5,
        head_C: float = 0.003,
        levels: int = 15,
        teacher_share: float = 0.0,
        needs: Sequence[str] = (),
    ) -> None:
        super().__init__(
            CLIP,
            image_size,
            trained_blocks,
            epochs,
            views,
            learning_rate,
            weight_decay,
            dropout,
            label_smoothing,
            batch_size,
            mixup,
            head_C,
            teacher_share,
            needs,
        )
        self.depth = depth
        self.final_epochs = final_epochs
        self.layer_decay = layer_decay
        self.kept_tokens = kept_tokens
        self.levels = levels

    def _parts(self, context: Context) -> PartlyFrozenClip:
        drawn = rounding_photos(context)
        return PartlyFrozenClip(
            self.image_size,
            self.depth - 1 - self.trained_blocks,
            self.depth,
            fast_dtype(),
            self.levels,
            lambda: shown_to_tower(context, drawn, self.image_size),
            key_of(drawn)[:16],
        )

    def _network(self, context: Context) -> keras.Model:
        """Return a new network to train, from the front's tokens to scores."""
        back = self._parts(context).back()
        tokens = keras.Input(back.input_shape[1:])
        seen = ops.cast(back(tokens), "float32")
        # The head's weights for the first token, then those for each of the others.
        both = ops.concatenate([seen[:, 0], ops.mean(seen[:, 1:], axis=1)], axis=-1)
        features = layers.Identity(name="features")(both)
        scores = layers.Dense(len(CODES), name="head")(layers.Dropout(self.dropout)(features))
        return keras.Model(tokens, scores)

    def _begin(
        self,
        context: Context,
        name: str,
        network: keras.Model,
        maps: StoredFeatures,
        products: pd.DataFrame,
        rows: np.ndarray,
    ) -> list[dict[str, float]]:
        if name == TRAIN:
            return super()._begin(context, name, network, maps, products, rows)
        earlier, history = self._fitted(context, TRAIN)
        network.set_weights(earlier.get_weights())
        return history

    def _pace(self, name: str) -> tuple[int, float]:
        if name == TRAIN:
            return self.epochs, self.learning_rate
        return self.final_epochs, self.learning_rate / 3

    def _batches(
        self,
        context: Context,
        views: Sequence[StoredFeatures],
        rows: np.ndarray,
        targets: np.ndarray,
    ) -> MapBatches:
        tokens = len(views[0].rows(rows[:1])[0])
        kept = 1 + round(self.kept_tokens * (tokens - 1))
        return MapBatches(views, rows, targets, self.batch_size, self.mixup, context.seed, kept)

    def _export(self, context: Context, whole: keras.Model, path: Path) -> None:
        export_lite(whole, path, "int8")

    def _before_quantization(
        self,
        context: Context,
        network: keras.Model,
        whole: keras.Model,
        head: LinearHead,
        products: pd.DataFrame,
    ) -> tuple[str, np.ndarray]:
        (tokens,) = self._views(context, products, 1)
        scores = answers(network, tokens, np.arange(len(products)))
        return N_("the last layers' weights in five bits instead of 32"), scores
