"""What all Keras networks of the study share: training with early stopping, and resuming."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from rakuten_core.errors import AssetError
from rakuten_core.files import replacing
from rakuten_core.taxonomy import CODES

_HISTORY = "history.json"
_LAST, _BEST = "last.keras", "best.keras"


def train_network(
    build: Callable[[], keras.Model],
    train: tf.data.Dataset,
    validation: tf.data.Dataset | None,
    folder: Path,
    epochs: int,
    patience: int = 2,
    seed: int = 0,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train epoch by epoch until the validation loss no longer falls; go on where it was.

    After each epoch the network, its optimiser and the history are on disk, so that an interruption
    costs one epoch. The data set must give each epoch's batches from the epoch's seed alone.

    Args:
        build: makes the compiled network (logits out, accuracy as a metric).
        train: batches with labels.
        validation: the same, or None to run all epochs.
        folder: for checkpoints.
        epochs: at most this many.
        patience: epochs without a lower validation loss before stopping.
        seed: of the weights and of dropout.

    Returns:
        The network after its best epoch, and per epoch `loss`, `accuracy`, `val_loss` and
        `val_accuracy`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    history: list[dict[str, float]] = []
    if (folder / _HISTORY).is_file() and (folder / _LAST).is_file():
        history = json.loads((folder / _HISTORY).read_text())
        network = load_network(folder / _LAST)
    else:
        keras.utils.set_random_seed(seed)
        network = build()
    measure = "loss" if validation is None else "val_loss"

    def best_epoch() -> int:
        return int(np.argmin([epoch[measure] for epoch in history])) if history else 0

    for epoch in range(len(history), epochs):
        if history and len(history) - 1 - best_epoch() >= patience:
            break
        keras.utils.set_random_seed(seed + epoch)
        fitted = network.fit(
            train,
            validation_data=validation,
            initial_epoch=epoch,
            epochs=epoch + 1,
            verbose=2,
            shuffle=False,
        )
        history.append({name: float(values[-1]) for name, values in fitted.history.items()})
        with replacing(folder / _LAST) as temporary:
            network.save(temporary)
        if best_epoch() == epoch:
            with replacing(folder / _BEST) as temporary:
                network.save(temporary)
        with replacing(folder / _HISTORY) as temporary:
            temporary.write_text(json.dumps(history))
    return load_network(folder / _BEST), history


def compile_network(network: keras.Model, learning_rate: float = 1e-3) -> keras.Model:
    """Compile a network whose last layer gives 27 scores, and return it."""
    network.compile(
        keras.optimizers.Adam(learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return network


def scores_layer(x: keras.KerasTensor) -> keras.KerasTensor:
    """Return the scores of the 27 types."""
    return keras.layers.Dense(len(CODES), name="scores")(x)


def run_network(network: keras.Model, inputs: Any, batch_size: int = 256) -> np.ndarray:
    """Return a network's output for arrays or texts, in batches.

    `Model.predict` prepares a data set at each call: that takes longer than answering a product.
    """
    starts = range(0, len(inputs), batch_size)
    parts = [network.predict_on_batch(inputs[start : start + batch_size]) for start in starts]
    return np.concatenate(parts)


def penultimate(network: keras.Model) -> keras.Model:
    """Return the network up to what its last layer reads."""
    return keras.Model(network.inputs, network.get_layer("scores").input)


def save_network(network: keras.Model, path: Path) -> None:
    """Write a network with what it needs to answer."""
    with replacing(path) as temporary:
        network.save(temporary, include_optimizer=False)


def load_network(path: Path) -> keras.Model:
    """Read a network in safe mode, which refuses code in the file.

    Raises:
        AssetError: the file is missing or damaged.
    """
    try:
        return keras.saving.load_model(path, safe_mode=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssetError(f"The network {path} cannot be read: {error}.") from error
