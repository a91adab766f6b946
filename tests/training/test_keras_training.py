"""Networks of the study: early stopping, and resuming to the same result."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from rakuten_core.training.study2022.keras_training import (
    compile_network,
    scores_layer,
    train_network,
)


@pytest.fixture
def batches():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(300, 8)).astype(np.float32)
    labels = (values[:, 0] > 0).astype(int) + (values[:, 1] > 0)

    def part(rows: slice) -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices((values[rows], labels[rows])).batch(50)

    return part(slice(200)), part(slice(200, None))


def build() -> keras.Model:
    inputs = keras.Input((8,))
    x = keras.layers.Dense(16, activation="relu")(inputs)
    x = keras.layers.Dropout(0.2)(x)
    return compile_network(keras.Model(inputs, scores_layer(x)), 0.05)


def test_training_stops_when_validation_no_longer_improves(batches, tmp_path):
    _, history = train_network(build, *batches, tmp_path, epochs=40, patience=2)
    losses = [epoch["val_loss"] for epoch in history]
    assert len(history) < 40 and len(losses) - 1 - int(np.argmin(losses)) == 2


def test_an_interrupted_training_ends_with_the_same_network(batches, tmp_path, monkeypatch):
    whole, history = train_network(build, *batches, tmp_path / "whole", epochs=25)
    keep = keras.callbacks.BackupAndRestore.on_epoch_end
    epochs: list[int] = []

    def interrupt(self, epoch, logs=None):
        keep(self, epoch, logs)
        epochs.append(epoch)
        if len(epochs) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(keras.callbacks.BackupAndRestore, "on_epoch_end", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train_network(build, *batches, tmp_path / "parts", epochs=25)
    resumed, again = train_network(build, *batches, tmp_path / "parts", epochs=25)
    assert epochs == list(range(len(history))) and again == history
    for first, second in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert np.array_equal(first, second)
    # What has ended is not trained any further.
    train_network(build, *batches, tmp_path / "parts", epochs=25)
    assert len(epochs) == len(history)
