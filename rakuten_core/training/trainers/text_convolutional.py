"""Training of `text_convolutional` in Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers, ops
from tqdm.auto import tqdm

from rakuten_core.evaluation.metrics import class_indices
from rakuten_core.files import write_json
from rakuten_core.inference.models.calibration import fit_temperature
from rakuten_core.inference.models.convolutional import (
    DESCRIPTION_KERNELS,
    TITLE_KERNELS,
    TextConvolutional,
)
from rakuten_core.language import N_
from rakuten_core.taxonomy import CODES
from rakuten_core.training.context import Context
from rakuten_core.training.folds import learning_products, out_of_fold_scores
from rakuten_core.training.runner import Trained
from rakuten_core.training.trainers.text_measures import measured_on_texts, quantization_cost

_WARM_UP_STEPS = 200


class TextConvolutionalTrainer:
    """Trains `text_convolutional`.

    Args:
        epochs: passes over the products.
        folds: for the out-of-fold scores that calibration and stacking learn from.
        dimensions: of a word's vector.
        filters: of each convolution.
        learning_rate: after the warm-up; it falls to 2 % of that along a cosine.
        dropout: share of the pooled features that is dropped while training.
        label_smoothing: share of the truth that is spread over all types.
        minimum_products: words in fewer products are unknown.
        words: the vocabulary's size at most.
        batch_size: texts per step.
    """

    method_version = 1

    def __init__(
        self,
        epochs: int = 6,
        folds: int = 3,
        dimensions: int = 128,
        filters: int = 192,
        learning_rate: float = 2e-3,
        dropout: float = 0.5,
        label_smoothing: float = 0.1,
        minimum_products: int = 2,
        words: int = 60_000,
        batch_size: int = 128,
    ) -> None:
        self.epochs = epochs
        self.folds = folds
        self.dimensions = dimensions
        self.filters = filters
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.minimum_products = minimum_products
        self.words = words
        self.batch_size = batch_size

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        return dict(vars(self)) | {
            "title_kernels": TITLE_KERNELS,
            "description_kernels": DESCRIPTION_KERNELS,
        }

    def _build(self, model: TextConvolutional, steps: int) -> keras.Model:
        inputs = keras.Input((model.title_length + model.description_length,), dtype="int32")
        inside = ops.expand_dims(ops.cast(ops.not_equal(inputs, 0), "float32"), -1)
        vectors = layers.Embedding(
            len(model.words) + 2,
            self.dimensions,
            embeddings_initializer=keras.initializers.RandomNormal(0, 0.1, seed=0),
            name="vectors",
        )(inputs)
        vectors = layers.SpatialDropout1D(0.2)(vectors) * inside
        split = model.title_length
        fields = (
            ("title", vectors[:, :split], inside[:, :split], TITLE_KERNELS),
            ("description", vectors[:, split:], inside[:, split:], DESCRIPTION_KERNELS),
        )
        pooled, means = [], []
        for name, field, mask, kernels in fields:
            for kernel in kernels:
                convolution = layers.Conv1D(
                    self.filters, kernel, padding="same", activation="relu", name=f"{name}{kernel}"
                )
                pooled.append(layers.GlobalMaxPooling1D()(convolution(field) * mask))
            means.append(ops.sum(field, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1.0))
        features = layers.Dropout(self.dropout)(layers.Concatenate()([*pooled, *means]))
        network = keras.Model(inputs, layers.Dense(len(CODES), name="scores")(features))
        warm_up = min(_WARM_UP_STEPS, max(1, steps // 4))
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0,
            max(1, steps - warm_up),
            alpha=0.02,
            warmup_target=self.learning_rate,
            warmup_steps=warm_up,
        )
        network.compile(
            keras.optimizers.Adam(schedule),
            keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=self.label_smoothing
            ),
        )
        return network

    def _fit(
        self, context: Context, table: pd.DataFrame, name: str
    ) -> tuple[TextConvolutional, list[dict[str, float]]]:
        """Return a model that has learnt from these products, and each epoch's loss."""
        # A machine that teaches other networks with JAX may not have it.
        import tensorflow as tf

        products = context.answerable(table)
        model = TextConvolutional(
            TextConvolutional.vocabulary(products, self.minimum_products, self.words)
        )
        ids = model.encode(products)
        targets = np.eye(len(CODES), dtype=np.float32)[class_indices(table["prdtypecode"])]
        steps = -(-len(ids) // self.batch_size)
        keras.utils.set_random_seed(context.seed)
        network = self._build(model, steps * self.epochs)
        batches = (
            tf.data.Dataset.from_tensor_slices((ids, targets))
            .shuffle(len(ids), seed=context.seed)
            .batch(self.batch_size)
            .prefetch(2)
        )
        history = []
        for _ in tqdm(range(self.epochs), desc=name, unit="epoch"):
            fitted = network.fit(batches, verbose=0, shuffle=False)
            history.append({"loss": float(fitted.history["loss"][0])})
        model.weights_ = {"vectors": network.get_layer("vectors").get_weights()[0]}
        for layer in network.layers:
            if isinstance(layer, (layers.Conv1D, layers.Dense)):
                kernel, bias = layer.get_weights()
                model.weights_ |= {f"{layer.name}_kernel": kernel, f"{layer.name}_bias": bias}
        return model, history

    def learnt(self, context: Context, products: pd.DataFrame) -> TextConvolutional:
        """Return a model, not calibrated, that has learnt from some products."""
        return self._fit(context, products, "text_convolutional")[0]

    def held_out(self, context: Context) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the products to learn from and their out-of-fold scores, (products, 27)."""
        products = learning_products(context.readable("text"), "text")

        def scores(learn: np.ndarray, hold: np.ndarray) -> np.ndarray:
            model, _ = self._fit(context, products[learn], "fold")
            return model.scores(context.answerable(products[hold]))

        checkpoints = context.checkpoints(
            "text_convolutional", self.method_version, self.parameters()
        )
        return products, out_of_fold_scores(
            products, scores, checkpoints, "text_convolutional", self.folds
        )

    def train(self, context: Context, folder: Path) -> Trained:
        """Train, write the model's files and answer the test products."""
        products, scores = self.held_out(context)
        model, history = self._fit(context, products, "text_convolutional")
        model.temperature_ = fit_temperature(scores, class_indices(products["prdtypecode"]))
        model.save(folder)
        write_json(folder / "history.json", history)
        # What is measured is what is shipped, rounded vectors included.
        shipped = TextConvolutional.load(folder)
        measured = measured_on_texts(
            context,
            shipped,
            {
                "vocabulary": len(model.words),
                "parameter_count": sum(value.size for value in model.weights_.values()),
                "temperature": model.temperature_,
            },
        )
        measured.facts["quantization"] = quantization_cost(
            N_("word vectors in 8 bits instead of 32"),
            measured,
            model.scores(context.answerable(measured.test)),
        )
        return measured
