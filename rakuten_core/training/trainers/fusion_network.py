"""A small network over the frozen features of text and photo, of which one may be missing.

One of the two is left out now and then while it learns (modality dropout: Neverova et al., ModDrop,
2016), so that it also answers from either alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from rakuten_core import registry
from rakuten_core.evaluation.metrics import class_indices, weighted_f1
from rakuten_core.files import write_json
from rakuten_core.inference.models.calibration import fit_temperature, to_probabilities
from rakuten_core.taxonomy import CODES
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

    def _features(self, context: Context) -> tuple[np.ndarray, np.ndarray]:
        """Return standardised features of all products' texts and photos, (products, values)."""
        products = context.products
        learnt = (products["split"] == "train").to_numpy()
        texts = self._text_features(context)
        trainer: Any = make_trainer(registry.entry(self._image), self._options)
        with_photo, values = trainer.features(context)
        photos = np.zeros((len(products), values.shape[1]), np.float32)
        photos[products.index.get_indexer(with_photo.index)] = values
        return _standardised(texts, learnt), _standardised(photos, learnt)

    def _text_features(self, context: Context) -> np.ndarray:
        """Return what the encoder makes of all texts as it comes, zeros where there is none."""
        encoder = read_encoder()
        table = context.readable("text")
        learning = context.answerable(table[table["split"] != "test"])
        checkpoints = context.checkpoints(
            "text_features",
            self.method_version,
            self.encoder_depth,
            self.length,
            self.minimum_products,
        )

        def answer() -> dict[str, np.ndarray]:
            kept = pieces_of(encoder, [learning], self.minimum_products)
            start = EncoderStart(encoder, kept, self.length, self.encoder_depth)
            network = start.network(0.0, fast_dtype())
            features = keras.Model(network.input, network.get_layer("features").output)
            return {"features": start.answers(features, context.answerable(table))}

        values = checkpoints.arrays("features", answer)["features"]
        wide = np.zeros((len(context.products), values.shape[1]), np.float32)
        wide[context.products.index.get_indexer(table.index)] = values
        return wide

    def _network(self, width: int) -> keras.Model:
        inputs = keras.Input((width,))
        hidden = layers.Dense(self.hidden, "gelu")(layers.Dropout(0.1)(inputs))
        scores = layers.Dense(len(CODES), name="scores")(layers.Dropout(self.dropout)(hidden))
        return keras.Model(inputs, scores)

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the network's history and answer the test products."""
        products = context.products
        readable = products.index.isin(context.readable("text").index)
        readable |= products.index.isin(context.readable("image").index)
        parts = self._features(context)
        train, validation, test = (
            of(products[readable], *what)
            for of, *what in (
                (training_products, "a text or a photo"),
                (validation_products, "a text or a photo"),
                (test_products,),
            )
        )

        def rows(table: Any) -> tuple[np.ndarray, np.ndarray]:
            here = products.index.get_indexer(table.index)
            return parts[0][here], parts[1][here]

        keras.utils.set_random_seed(context.seed)
        network = self._network(sum(part.shape[1] for part in parts))
        targets = np.eye(len(CODES), dtype=np.float32)[class_indices(train["prdtypecode"])]
        checkpoints = context.checkpoints("fusion_network", self.method_version, self.parameters())
        history = fine_tune(
            network,
            FeatureBatches(rows(train), targets, self.batch_size, self.left_out, context.seed),
            self.epochs,
            self.learning_rate,
            self.weight_decay,
            self.label_smoothing,
            checkpoints.folder / "network",
            "fusion_network",
        )
        shutil.rmtree(checkpoints.folder / "network", ignore_errors=True)
        write_json(folder / "history.json", history)

        def scores(table: Any) -> np.ndarray:
            shown = np.concatenate(rows(table), axis=1)
            return np.asarray(network.predict(shown, verbose=0), np.float32)

        held = scores(validation)
        temperature = fit_temperature(held, class_indices(validation["prdtypecode"]))
        return Trained(
            test=test,
            probabilities=to_probabilities(scores(test), temperature),
            rows=rows_of(products[readable]),
            facts={
                "parameter_count": network.count_params(),
                "temperature": temperature,
                "validation": {
                    "rows": len(validation),
                    "weighted_f1": weighted_f1(validation["prdtypecode"].to_numpy(), held),
                },
            },
        )


def _standardised(values: np.ndarray, learnt: np.ndarray) -> np.ndarray:
    """Return features of mean 0 and deviation 1 over the products learnt from that have some."""
    present = (values != 0).any(axis=1)
    known = values[present & learnt]
    scaled = (values - known.mean(axis=0)) / np.maximum(known.std(axis=0), 1e-6)
    return np.where(present[:, np.newaxis], scaled, 0).astype(np.float32)
