"""A small network over the frozen features of text and photo, of which one may be missing.

One of the two is left out now and then while it learns (modality dropout: Neverova et al., ModDrop,
2016), so that it also answers from either alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers

from rakuten_core import registry
from rakuten_core.data.products import Products
from rakuten_core.evaluation.metrics import class_indices, weighted_f1
from rakuten_core.files import read_arrays, write_arrays, write_json
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.inference.models.calibration import fit_temperature, to_probabilities
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.taxonomy import CODES
from rakuten_core.training.checkpoints import Checkpoints
from rakuten_core.training.context import Context, rows_of
from rakuten_core.training.fitting import fast_dtype, fine_tune
from rakuten_core.training.folds import (
    test_products,
    training_products,
    validation_products,
)
from rakuten_core.training.pretrained.multilingual_e5 import read_encoder
from rakuten_core.training.runner import Trained, make_trainer
from rakuten_core.training.trainers.encoder_start import EncoderStart, pieces_of

_NETWORK_FILE, _TOWER_FILE, _ARRAYS_FILE = "network.keras", "tower.tflite", "features.npz"
_PARTS = ("text", "photo")


class FeatureBatches:
    """Features of products, of one part or the other or of both, in another order each epoch.

    Args:
        parts: of each product, float32 (products, values); zeros where a product has none.
        targets: float32 (products, types).
        batch_size: products per step.
        left_out: share of the products with both parts that lose one of them at a step.
        seed: of all that is random.
    """

    def __init__(
        self,
        parts: tuple[np.ndarray, np.ndarray],
        targets: np.ndarray,
        batch_size: int,
        left_out: float,
        seed: int,
    ) -> None:
        self._parts, self._targets = parts, targets
        self._both = (parts[0] != 0).any(axis=1) & (parts[1] != 0).any(axis=1)
        self._batch_size, self._left_out, self._seed = batch_size, left_out, seed
        self.shape: tuple[int | None, ...] = (sum(part.shape[1] for part in parts),)
        self.shuffle(0)

    def shuffle(self, epoch: int) -> None:
        """Draw the order of an epoch, and what is left out."""
        generator = np.random.default_rng((self._seed, epoch))
        self._order = generator.permutation(len(self._targets))
        lost = generator.random(len(self._targets)) < self._left_out
        self._lost = np.where(lost & self._both, generator.integers(0, 2, len(lost)), -1)

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch_size)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for step in range(len(self)):
            rows = self._order[step * self._batch_size : (step + 1) * self._batch_size]
            shown = [
                np.where((self._lost[rows] == number)[:, np.newaxis], 0, part[rows])
                for number, part in enumerate(self._parts)
            ]
            yield np.concatenate(shown, axis=1), self._targets[rows]


@dataclass(frozen=True)
class Scale:
    """Brings features to mean 0 and deviation 1, and leaves zeros where a product has none."""

    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Scale:
        """Return the scale of features, (products, values), of those products that have some."""
        known = values[(values != 0).any(axis=1)]
        return cls(known.mean(axis=0), np.maximum(known.std(axis=0), 1e-6))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return scaled features, float32 (products, values)."""
        present = (values != 0).any(axis=1)[:, np.newaxis]
        return np.where(present, (values - self.mean) / self.deviation, 0).astype(np.float32)


class FusionNetwork:
    """The trained network with what sees texts and photos for it; answers in training only.

    Args:
        start: the sentence encoder as it comes.
        tower: file of the image tower.
        scales: of the features of text and photo.
        network: from both, side by side, to scores.
        temperature: of the scores.
    """

    def __init__(
        self,
        start: EncoderStart,
        tower: Path,
        scales: tuple[Scale, Scale],
        network: keras.Model,
        temperature: float = 1.0,
    ) -> None:
        self._start, self._tower_path, self._tower = start, tower, LiteNetwork(tower)
        self._scales, self.network, self.temperature = scales, network, temperature
        self._encoder = frozen_encoder(start)

    def scores(self, texts: np.ndarray, photos: np.ndarray) -> np.ndarray:
        """Return what the network makes of features, (products, values); float32 (products, 27)."""
        shown = [scale(part) for scale, part in zip(self._scales, (texts, photos), strict=True)]
        return np.asarray(self.network.predict(np.concatenate(shown, axis=1), verbose=0))

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return calibrated probabilities, (products, 27)."""
        texts = np.zeros((len(products), len(self._scales[0].mean)), np.float32)
        readable = np.flatnonzero(products.has_text)
        if len(readable):
            texts[readable] = self._start.answers(self._encoder, products.rows(readable))
        photos = np.zeros((len(products), len(self._scales[1].mean)), np.float32)
        for row in np.flatnonzero(products.has_photo).tolist():
            square = to_square(decode_image(products.photos[row]), self._tower.image_size)
            seen = self._tower.run(PREPROCESSING["clip"](square.astype(np.float32)))
            photos[row] = seen.mean(axis=(0, 1))
        return to_probabilities(self.scores(texts, photos), self.temperature)

    def save(self, folder: Path) -> None:
        """Write the network and what it stands on, but the encoder, which is installed."""
        self.network.save(folder / _NETWORK_FILE)
        shutil.copy(self._tower_path, folder / _TOWER_FILE)
        arrays = {"kept": self._start.kept, "temperature": np.array(self.temperature)}
        arrays |= {"length": np.array(self._start.length), "depth": np.array(self._start.depth)}
        for part, scale in zip(_PARTS, self._scales, strict=True):
            arrays |= {f"{part}_mean": scale.mean, f"{part}_deviation": scale.deviation}
        write_arrays(folder / _ARRAYS_FILE, arrays)

    @classmethod
    def load(cls, folder: Path) -> FusionNetwork:
        """Read what `save` wrote.

        Raises:
            AssetError: a file is missing or damaged, or the encoder is not installed.
        """
        arrays = read_arrays(folder / _ARRAYS_FILE)
        text, photo = (
            Scale(arrays[f"{part}_mean"], arrays[f"{part}_deviation"]) for part in _PARTS
        )
        return cls(
            EncoderStart(
                read_encoder(), arrays["kept"], int(arrays["length"]), int(arrays["depth"])
            ),
            folder / _TOWER_FILE,
            (text, photo),
            keras.models.load_model(folder / _NETWORK_FILE, compile=False),
            float(arrays["temperature"]),
        )


def frozen_encoder(start: EncoderStart) -> keras.Model:
    """Return the encoder as it comes, from pieces to the features of a text."""
    network = start.network(0.0, fast_dtype())
    return keras.Model(network.input, network.get_layer("features").output)


class FusionNetworkTrainer:
    """Trains `fusion_network`.

    Args:
        image: name of the model whose frozen tower sees the photos.
        hidden: units of the hidden layer.
        epochs: passes over the train split.
        learning_rate: at its highest.
        weight_decay: per step, times the learning rate.
        dropout: share of the hidden units that are dropped while training.
        left_out: see `FeatureBatches`.
        label_smoothing: share of the truth that is spread over all types.
        batch_size: products per step.
        encoder_depth: layers of the sentence encoder that are used, from the first.
        length: pieces read of title and description together.
        minimum_products: pieces of fewer products are unknown.
        options: for the trainer of `image`.
    """

    method_version = 1

    def __init__(
        self,
        image: str = "image_kernel_clip",
        hidden: int = 1024,
        epochs: int = 15,
        learning_rate: float = 1e-3,
        weight_decay: float = 0.05,
        dropout: float = 0.5,
        left_out: float = 0.5,
        label_smoothing: float = 0.1,
        batch_size: int = 256,
        encoder_depth: int = 12,
        length: int = 128,
        minimum_products: int = 2,
        **options: Any,
    ) -> None:
        self.hidden = hidden
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.left_out = left_out
        self.label_smoothing = label_smoothing
        self.batch_size = batch_size
        self.encoder_depth = encoder_depth
        self.length = length
        self.minimum_products = minimum_products
        self._image = image
        self._options = options

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        own = {key: value for key, value in vars(self).items() if not key.startswith("_")}
        return own | {
            "text": "multilingual-e5-small",
            "image": make_trainer(registry.entry(self._image), self._options).parameters(),
        }

    @staticmethod
    def load(folder: Path, _cache: Path | None = None) -> FusionNetwork:
        """Read a trained network; see `FusionNetwork.load`."""
        return FusionNetwork.load(folder)

    def _tower(self) -> Any:
        return make_trainer(registry.entry(self._image), self._options)

    def _start(self, context: Context) -> EncoderStart:
        """Return the sentence encoder with the pieces that the products to learn from hold."""
        encoder = read_encoder()
        table = context.readable("text")
        known = context.answerable(table[table["split"] != "test"])

        def count() -> dict[str, np.ndarray]:
            return {"kept": pieces_of(encoder, [known], self.minimum_products)}

        kept = self._texts(context).arrays("pieces", count)["kept"]
        return EncoderStart(encoder, kept, self.length, self.encoder_depth)

    def _texts(self, context: Context) -> Checkpoints:
        return context.checkpoints(
            "text_features",
            self.method_version,
            self.encoder_depth,
            self.length,
            self.minimum_products,
        )

    def _features(self, context: Context, start: EncoderStart) -> tuple[np.ndarray, np.ndarray]:
        """Return what encoder and tower make of all products, zeros where there is nothing, each
        float32 (products, values).
        """
        table = context.readable("text")

        def answer() -> dict[str, np.ndarray]:
            return {"features": start.answers(frozen_encoder(start), context.answerable(table))}

        texts = self._texts(context).arrays("features", answer)["features"]
        with_photo, photos = self._tower().features(context)
        index = context.products.index

        def of_all(rows: pd.Index, values: np.ndarray) -> np.ndarray:
            wide = np.zeros((len(index), values.shape[1]), np.float32)
            wide[index.get_indexer(rows)] = values
            return wide

        return of_all(table.index, texts), of_all(with_photo.index, photos)

    def _network(self, width: int) -> keras.Model:
        inputs = keras.Input((width,))
        hidden = layers.Dense(self.hidden, "gelu")(layers.Dropout(0.1)(inputs))
        scores = layers.Dense(len(CODES), name="scores")(layers.Dropout(self.dropout)(hidden))
        return keras.Model(inputs, scores)

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        start = self._start(context)
        texts, photos = self._features(context, start)
        index = context.products.index
        readable = context.products[(texts != 0).any(axis=1) | (photos != 0).any(axis=1)]
        train = training_products(readable, "a text or a photo")
        validation = validation_products(readable, "a text or a photo")
        test = test_products(readable)
        learn = index.get_indexer(train.index)
        scales = Scale.of(texts[learn]), Scale.of(photos[learn])
        keras.utils.set_random_seed(context.seed)
        network = self._network(texts.shape[1] + photos.shape[1])
        history = self._learn(
            context,
            network,
            (scales[0](texts[learn]), scales[1](photos[learn])),
            np.eye(len(CODES), dtype=np.float32)[class_indices(train["prdtypecode"])],
        )
        write_json(folder / "history.json", history)
        tower, _name = self._tower().network(context)
        model = FusionNetwork(start, tower, scales, network)

        def scores(products: pd.DataFrame) -> np.ndarray:
            rows = index.get_indexer(products.index)
            return model.scores(texts[rows], photos[rows])

        held = scores(validation)
        model.temperature = fit_temperature(held, class_indices(validation["prdtypecode"]))
        model.save(folder)
        return Trained(
            test=test,
            probabilities=to_probabilities(scores(test), model.temperature),
            rows=rows_of(readable),
            facts={
                "parameter_count": network.count_params(),
                "temperature": model.temperature,
                "validation": {
                    "rows": len(validation),
                    "weighted_f1": weighted_f1(validation["prdtypecode"].to_numpy(), held),
                },
            },
        )

    def _learn(
        self,
        context: Context,
        network: keras.Model,
        parts: tuple[np.ndarray, np.ndarray],
        targets: np.ndarray,
    ) -> list[dict[str, float]]:
        """Train the network in place and return each epoch's measures."""
        folder = context.checkpoints(
            "fusion_network", self.method_version, self.parameters()
        ).folder
        history = fine_tune(
            network,
            FeatureBatches(parts, targets, self.batch_size, self.left_out, context.seed),
            self.epochs,
            self.learning_rate,
            self.weight_decay,
            self.label_smoothing,
            folder / "network",
            "fusion_network",
        )
        shutil.rmtree(folder / "network", ignore_errors=True)
        return history
