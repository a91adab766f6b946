"""The study's image networks: a small one trained from scratch, and heads on frozen backbones."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.special import softmax

from rakuten_core.data.products import CatalogPhotos, Products
from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.files import sha256_of
from rakuten_core.images.augmentation import MAX_SHIFT, MAX_ZOOM
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.training.feature_cache import FeatureCache
from rakuten_core.training.lite_export import export_lite
from rakuten_core.training.photo_batches import photo_batches
from rakuten_core.training.pretrained.backbones import BACKBONES, build_backbone, exported_backbone
from rakuten_core.training.study2022.keras_training import (
    compile_network,
    load_network,
    penultimate,
    run_network,
    save_network,
    scores_layer,
    train_network,
)
from rakuten_core.training.trainable import Learning, TrainableModel

HEAD_FILE = "head.keras"
BACKBONE_FILE = "backbone.tflite"
NETWORK_FILE = "network.keras"


class LenetNetwork(TrainableModel):
    """`image_lenet_50`: a LeNet-like convolutional network (LeCun et al. 1998) on small photos.

    Args:
        lenet_size: side of the photos in pixels.
        crop: fraction to cut from the borders first.
        augment: mirror and shift the photos at random while training.
        epochs: at most; training stops when the validation loss no longer falls.
        batch_size: photos per step.
    """

    def __init__(
        self,
        lenet_size: int = 50,
        crop: float = 0.0,
        augment: bool = False,
        epochs: int = 15,
        batch_size: int = 64,
    ) -> None:
        super().__init__()
        self.lenet_size = lenet_size
        self.crop = crop
        self.augment = augment
        self.epochs = epochs
        self.batch_size = batch_size

    def _build(self) -> keras.Model:
        inputs = keras.Input((self.lenet_size, self.lenet_size, 3))
        x = _augmented(inputs) if self.augment else inputs
        for filters in (16, 32, 64):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
            x = layers.MaxPooling2D()(x)
        x = layers.Dropout(0.4)(layers.Flatten()(x))
        x = layers.Dropout(0.4)(layers.Dense(128, activation="relu")(x))
        return compile_network(keras.Model(inputs, scores_layer(x)))

    def _batches(
        self, products: Products, codes: np.ndarray, cache: Path | None, seed: int | None
    ) -> tf.data.Dataset:
        batches = photo_batches(
            products.photos,
            self.lenet_size,
            PREPROCESSING["unit"],
            class_indices(codes),
            self.crop,
            batch_size=self.batch_size,
        )
        # Decoding costs more than a step: it is done in the first epoch only.
        batches = batches.unbatch().cache(str(cache) if cache else "")
        batches = batches.apply(tf.data.experimental.assert_cardinality(len(products)))
        if seed is not None:
            batches = batches.shuffle(2048, seed=seed)
        return batches.batch(self.batch_size).prefetch(tf.data.AUTOTUNE)

    def fit(self, learning: Learning) -> LenetNetwork:
        """Learn from train; validation stops the training."""
        learning.work.mkdir(parents=True, exist_ok=True)
        # An interrupted epoch leaves an incomplete cache, which TensorFlow refuses to go on with.
        for leftover in learning.work.glob("photos*"):
            leftover.unlink()
        train = self._batches(
            learning.train, learning.train_codes, learning.work / "photos", learning.seed
        )
        validation = None
        if len(learning.validation):
            validation = self._batches(learning.validation, learning.validation_codes, None, None)
        self.network_, self.history_ = train_network(
            self._build, train, validation, learning.work, self.epochs, seed=learning.seed
        )
        self.parameter_count_ = self.network_.count_params()
        return self

    @cached_property
    def _penultimate(self) -> keras.Model:
        return penultimate(self.network_)

    def _run(self, network: keras.Model, products: Products) -> np.ndarray:
        size = network.input_shape[1]

        def pixels(row: int) -> np.ndarray:
            square = to_square(decode_image(products.photos[row]), size, self.crop)
            return PREPROCESSING["unit"](square.astype(np.float32))

        rows = range(len(products))
        with ThreadPoolExecutor() as pool:
            parts = [
                run_network(network, np.stack(list(pool.map(pixels, rows[start : start + 256]))))
                for start in range(0, len(rows), 256)
            ]
        return np.concatenate(parts)

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return probabilities, (products, 27)."""
        return softmax(self._run(self.network_, products).astype(np.float64), axis=1)

    def embed(self, products: Products) -> np.ndarray:
        """Return what the last layer reads, float32 (products, units)."""
        return self._run(self._penultimate, products)

    def _write(self, folder: Path) -> None:
        save_network(self.network_, folder / NETWORK_FILE)

    def _read(self, folder: Path) -> None:
        self.network_ = load_network(folder / NETWORK_FILE)


class BackboneNetwork(TrainableModel):
    """A dense head on a pre-trained backbone, frozen as in the study unless told otherwise.

    With a frozen backbone and plain photos, the backbone runs once per photo and the head learns
    from the pooled features kept on disk. With `augment` or `unfreeze` the whole network is trained
    photo by photo, which wants a GPU.

    Args:
        backbone: a name of `backbones.BACKBONES`.
        image_size: side of the photos in pixels.
        crop: fraction to cut from the borders first.
        augment: mirror and shift the photos at random while training.
        unfreeze: how many of the backbone's last layers are trained too, at a low rate, after the
            head; batch norms stay frozen.
        units: of the dense layer before the last.
        epochs: at most; training stops when the validation loss no longer falls.
        batch_size: photos per step.
        weights: a Keras weights file per backbone; for the others Keras's own download.
    """

    def __init__(
        self,
        backbone: str,
        image_size: int | None = 224,
        crop: float = 0.0,
        augment: bool = False,
        unfreeze: int = 0,
        units: int = 256,
        epochs: int = 15,
        batch_size: int = 64,
        weights: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.image_size = image_size
        self.crop = crop
        self.augment = augment
        self.unfreeze = unfreeze
        self.units = units
        self.epochs = epochs
        self.batch_size = batch_size
        self.weights = weights

    def settings(self) -> dict[str, Any]:
        """Return the constructor's arguments, without the path that a user's weights came from."""
        return super().settings() | {"weights": None}

    def parameters(self) -> dict[str, Any]:
        """Return all hyper-parameters; given weights are known by their content."""
        given = self._weights_file()
        return self.settings() | {"weights": sha256_of(given) if given else "imagenet"}

    def _weights_file(self) -> Path | None:
        given = (self.weights or {}).get(self.backbone)
        return Path(given) if given else None

    def _side(self) -> int:
        """Return the side in pixels of the photos that the network is trained on."""
        assert self.image_size is not None
        return self.image_size

    def _preprocess(self, pixels: Any) -> Any:
        return PREPROCESSING[BACKBONES[self.backbone].preprocessing](pixels)

    def fit(self, learning: Learning) -> BackboneNetwork:
        """Learn from train; validation stops the training."""
        path = exported_backbone(
            learning.cache / "networks", self.backbone, self._side(), self._weights_file()
        )
        self.lite_ = LiteNetwork(path)
        self.lite_path_ = path
        self.cache = learning.cache

        def batches(products: Products, codes: np.ndarray, seed: int | None) -> tf.data.Dataset:
            features = self._features(products)
            dataset = tf.data.Dataset.from_tensor_slices((features, class_indices(codes)))
            if seed is not None:
                dataset = dataset.shuffle(len(products), seed=seed)
            return dataset.batch(self.batch_size).prefetch(tf.data.AUTOTUNE)

        self.head_, self.history_ = train_network(
            lambda: compile_network(self._build_head(self.lite_.channels)),
            batches(learning.train, learning.train_codes, learning.seed),
            batches(learning.validation, learning.validation_codes, None)
            if len(learning.validation)
            else None,
            learning.work,
            self.epochs,
            seed=learning.seed,
        )
        self.parameter_count_ = self.head_.count_params()
        if self.augment or self.unfreeze:
            self._train_whole(learning)
        return self

    @cached_property
    def _penultimate(self) -> keras.Model:
        return penultimate(self.head_)

    def _build_head(self, channels: int) -> keras.Model:
        inputs = keras.Input((channels,))
        x = layers.BatchNormalization()(inputs)
        x = layers.Dropout(0.3)(layers.Dense(self.units, activation="relu")(x))
        return keras.Model(inputs, scores_layer(x))

    def _train_whole(self, learning: Learning) -> None:
        backbone = build_backbone(self.backbone, self._side(), self._weights_file())
        backbone.trainable = self.unfreeze > 0
        for layer in backbone.layers[: -self.unfreeze or None]:
            layer.trainable = False
        for layer in backbone.layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.trainable = False
        self._fit_whole(learning, backbone, self.augment, 1e-4, normalise_by_batch=False)

    def _fit_whole(
        self,
        learning: Learning,
        backbone: keras.Model,
        augment: bool,
        learning_rate: Any,
        normalise_by_batch: bool,
        patience: int = 2,
    ) -> None:
        """Train backbone and head photo by photo, and export the backbone.

        Args:
            learning: what to learn from.
            backbone: gives a feature map.
            augment: mirror, shift and zoom the photos at random.
            learning_rate: of Adam, a number or a schedule.
            normalise_by_batch: whether batch norms take their statistics from each batch.
            patience: epochs without a lower validation loss before stopping.
        """
        head = self.head_
        training = None if normalise_by_batch else False

        def build() -> keras.Model:
            inputs = keras.Input((self._side(), self._side(), 3))
            x = _augmented(inputs) if augment else inputs
            x = layers.GlobalAveragePooling2D()(backbone(x, training=training))
            # On a processor, XLA leaves the fast convolutions of oneDNN unused.
            return compile_network(keras.Model(inputs, head(x)), learning_rate, jit_compile=False)

        def batches(products: Products, codes: np.ndarray, seed: int | None) -> tf.data.Dataset:
            return photo_batches(
                products.photos,
                self._side(),
                self._preprocess,
                class_indices(codes),
                self.crop,
                self.batch_size,
                seed,
            )

        whole, history = train_network(
            build,
            batches(learning.train, learning.train_codes, learning.seed),
            batches(learning.validation, learning.validation_codes, None)
            if len(learning.validation)
            else None,
            learning.work / "whole",
            self.epochs,
            patience,
            seed=learning.seed,
        )
        self.history_ = [*self.history_, *history]
        self.head_ = whole.get_layer(head.name)
        tuned = whole.get_layer(backbone.name)
        self.parameter_count_ = whole.count_params()
        path = learning.work / BACKBONE_FILE
        export_lite(tuned, path, weights="float16")
        self.lite_, self.lite_path_ = LiteNetwork(path), path

    def _features(self, products: Products) -> np.ndarray:
        photos = products.photos
        if self.cache is None or not isinstance(photos, CatalogPhotos):
            squares = (
                to_square(decode_image(photos[row]), self.lite_.image_size, self.crop)
                for row in range(len(photos))
            )
            return np.stack(
                [
                    self.lite_.run(self._preprocess(square.astype(np.float32))).mean(axis=(0, 1))
                    for square in squares
                ]
            )
        key = f"{self.backbone}-{sha256_of(self.lite_path_)[:16]}"
        stored = FeatureCache(self.cache / "features").features(
            photos.source, photos.names, self.lite_, key, self._preprocess, self.crop
        )
        return stored.rows(np.arange(len(photos)))

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return probabilities, (products, 27)."""
        scores = run_network(self.head_, self._features(products))
        return softmax(scores.astype(np.float64), axis=1)

    def embed(self, products: Products) -> np.ndarray:
        """Return what the last layer reads, float32 (products, units)."""
        return run_network(self._penultimate, self._features(products))

    def _write(self, folder: Path) -> None:
        save_network(self.head_, folder / HEAD_FILE)
        shutil.copy(self.lite_path_, folder / BACKBONE_FILE)

    def _read(self, folder: Path) -> None:
        self.head_ = load_network(folder / HEAD_FILE)
        self.lite_path_ = folder / BACKBONE_FILE
        self.lite_ = LiteNetwork(self.lite_path_)


def _augmented(x: keras.KerasTensor) -> keras.KerasTensor:
    x = layers.RandomFlip("horizontal")(x)
    x = layers.RandomTranslation(MAX_SHIFT, MAX_SHIFT, fill_mode="nearest")(x)
    return layers.RandomZoom(MAX_ZOOM, fill_mode="nearest")(x)
