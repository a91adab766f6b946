"""The study's two text networks, on its prepared text."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.special import softmax

from rakuten_core.data.products import Products
from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.training.study2022.keras_training import (
    compile_network,
    load_network,
    penultimate,
    run_network,
    save_network,
    scores_layer,
    train_network,
)
from rakuten_core.training.trainable import Learning, TrainableModel, prepared_texts

FILE_NAME = "network.keras"
_NO_WORDS = "[none]"


def _texts(products: Products) -> list[str]:
    # A text that preparation empties would be masked whole, and its mean divided by zero words.
    return [text or _NO_WORDS for text in prepared_texts(products)]


class TextNetwork(TrainableModel):
    """`neural_simple` (bag of words) or `neural_embedding` (averaged word vectors).

    Args:
        architecture: `simple` or `embedding`.
        words: the vocabulary's size.
        length: words read of each text (`embedding` only).
        dimensions: of a word's vector (`embedding` only).
        units: of the dense layer before the last.
        epochs: at most; training stops when the validation loss no longer falls.
        batch_size: texts per step.
    """

    # Since 2, words are stemmed by NLTK, as the study's were.
    method_version = 2

    def __init__(
        self,
        architecture: str,
        words: int | None = None,
        length: int = 500,
        dimensions: int = 200,
        units: int = 256,
        epochs: int = 12,
        batch_size: int = 64,
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.words = words or (20_000 if architecture == "simple" else 50_000)
        self.length = length
        self.dimensions = dimensions
        self.units = units
        self.epochs = epochs
        self.batch_size = batch_size

    def fit(self, learning: Learning) -> TextNetwork:
        """Learn from train; validation stops the training."""
        texts = _texts(learning.train)
        train = self._batches(texts, learning.train_codes, learning.seed)
        validation = None
        if len(learning.validation):
            validation = self._batches(_texts(learning.validation), learning.validation_codes)
        self.network_, self.history_ = train_network(
            lambda: self._build(texts),
            train,
            validation,
            learning.work,
            self.epochs,
            seed=learning.seed,
        )
        self.parameter_count_ = self.network_.count_params()
        return self

    def _build(self, texts: list[str]) -> keras.Model:
        inputs = keras.Input((), dtype="string")
        if self.architecture == "simple":
            vectorize = layers.TextVectorization(
                self.words, standardize=None, output_mode="multi_hot"
            )
            vectorize.adapt(tf.data.Dataset.from_tensor_slices(texts).batch(1024))
            x = vectorize(inputs)
        else:
            vectorize = layers.TextVectorization(
                self.words, standardize=None, output_sequence_length=self.length
            )
            vectorize.adapt(tf.data.Dataset.from_tensor_slices(texts).batch(1024))
            x = vectorize(inputs)
            x = layers.Embedding(vectorize.vocabulary_size(), self.dimensions, mask_zero=True)(x)
            x = layers.GlobalAveragePooling1D()(x)
        x = layers.Dense(self.units, activation="relu")(x)
        x = layers.Dropout(0.4)(x)
        return compile_network(keras.Model(inputs, scores_layer(x)))

    def _batches(
        self, texts: list[str], codes: np.ndarray, shuffle_seed: int | None = None
    ) -> tf.data.Dataset:
        labels = class_indices(codes)
        dataset = tf.data.Dataset.from_tensor_slices((texts, labels))
        if shuffle_seed is not None:
            dataset = dataset.shuffle(len(texts), seed=shuffle_seed)
        return dataset.batch(self.batch_size).prefetch(tf.data.AUTOTUNE)

    @cached_property
    def _penultimate(self) -> keras.Model:
        return penultimate(self.network_)

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return probabilities, (products, 27)."""
        return softmax(
            run_network(self.network_, tf.constant(_texts(products))).astype(np.float64), axis=1
        )

    def embed(self, products: Products) -> np.ndarray:
        """Return what the last layer reads, float32 (products, units)."""
        return run_network(self._penultimate, tf.constant(_texts(products)))

    def _write(self, folder: Path) -> None:
        save_network(self.network_, folder / FILE_NAME)

    def _read(self, folder: Path) -> None:
        self.network_ = load_network(folder / FILE_NAME)
