"""The study's fusion: two frozen networks, their penultimate layers side by side, dense layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.special import softmax

from rakuten_core.data.products import Products
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.language import _
from rakuten_core.training.study2022.image_networks import BackboneNetwork, LenetNetwork
from rakuten_core.training.study2022.keras_training import (
    compile_network,
    load_network,
    run_network,
    save_network,
    scores_layer,
    train_network,
)
from rakuten_core.training.study2022.text_networks import TextNetwork
from rakuten_core.training.trainable import Learning, TrainableModel

FILE_NAME = "fusion.keras"
_IMAGE_CLASSES = {each.__name__: each for each in (BackboneNetwork, LenetNetwork)}


class FusionNetwork(TrainableModel):
    """Batch normalisation and dense layers over what the last layers of two networks read.

    It learns from and answers products that have both a text and a photo.

    Args:
        text: the registered text network, already trained.
        image: the registered image network, already trained.
        image_class: the class of the image network.
        units: of the dense layer.
        epochs: at most; training stops when the validation loss no longer falls.
        batch_size: products per step.
    """

    def __init__(
        self,
        text: str,
        image: str,
        image_class: str = "BackboneNetwork",
        units: int = 128,
        epochs: int = 15,
        batch_size: int = 64,
    ) -> None:
        super().__init__()
        self.text = text
        self.image = image
        self.image_class = image_class
        self.units = units
        self.epochs = epochs
        self.batch_size = batch_size

    def fit(self, learning: Learning) -> FusionNetwork:
        """Learn from train; validation stops the training.

        Raises:
            ModelError: no product has both a text and a photo.
        """
        if not len(learning.train):
            raise ModelError(_("No product of train has both a text and a photo to learn from."))
        self.text_: Any = learning.needed[self.text]
        self.image_: Any = learning.needed[self.image]

        def batches(products: Products, codes: np.ndarray, seed: int | None) -> tf.data.Dataset:
            embedded = self._embed(products)
            dataset = tf.data.Dataset.from_tensor_slices((embedded, class_indices(codes)))
            if seed is not None:
                dataset = dataset.shuffle(len(products), seed=seed)
            return dataset.batch(self.batch_size).prefetch(tf.data.AUTOTUNE)

        train = batches(learning.train, learning.train_codes, learning.seed)
        self.head_, self.history_ = train_network(
            lambda: self._build(train.element_spec[0].shape[-1]),
            train,
            batches(learning.validation, learning.validation_codes, None)
            if len(learning.validation)
            else None,
            learning.work,
            self.epochs,
            seed=learning.seed,
        )
        self.parameter_count_ = self.head_.count_params()
        return self

    def _build(self, width: int) -> keras.Model:
        inputs = keras.Input((width,))
        x = layers.BatchNormalization()(inputs)
        x = layers.Dropout(0.5)(layers.Dense(self.units, activation="relu")(x))
        return compile_network(keras.Model(inputs, scores_layer(x)))

    def _embed(self, products: Products) -> np.ndarray:
        return np.hstack([self.text_.embed(products), self.image_.embed(products)])

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return probabilities, (products, 27)."""
        scores = run_network(self.head_, self._embed(products))
        return softmax(scores.astype(np.float64), axis=1)

    def _write(self, folder: Path) -> None:
        save_network(self.head_, folder / FILE_NAME)
        self.text_.save(folder / "text")
        self.image_.save(folder / "image")

    def _read(self, folder: Path) -> None:
        self.head_ = load_network(folder / FILE_NAME)
        self.text_ = TextNetwork.load(folder / "text", self.cache)
        self.image_ = _IMAGE_CLASSES[self.image_class].load(folder / "image", self.cache)
