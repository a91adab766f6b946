"""What all Keras networks of the study share: training with early stopping, and resuming."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from tqdm.keras import TqdmCallback

from rakuten_core.errors import AssetError
from rakuten_core.files import replacing
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES

_HISTORY, _BEST = "history.csv", "best.keras"


def train_network(
    build: Callable[[], keras.Model],
    train: tf.data.Dataset,
    validation: tf.data.Dataset | None,
    folder: Path,
    epochs: int,
    patience: int = 2,
    seed: int = 0,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train until the validation loss no longer falls; go on where an interrupted run was.

    After each epoch the network, its optimiser and the history are on disk (Keras's
    `BackupAndRestore`, `ModelCheckpoint` and `CSVLogger`), so that an interruption costs one epoch.

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
    measure = "loss" if validation is None else "val_loss"
    history = _read_history(folder)
    values = [epoch[measure] for epoch in history]
    if not values or (len(values) < epochs and len(values) - 1 - np.argmin(values) < patience):
        keras.utils.set_random_seed(seed)
        network = build()
        network.fit(
            train,
            validation_data=validation,
            epochs=epochs,
            verbose=0,
            shuffle=False,
            callbacks=_callbacks(network, folder, measure, history, patience, seed),
        )
    return load_network(folder / _BEST), _read_history(folder)


def _callbacks(
    network: keras.Model,
    folder: Path,
    measure: str,
    history: list[dict[str, float]],
    patience: int,
    seed: int,
) -> list[keras.callbacks.Callback]:
    """Return what stops, keeps and resumes a training, in the order in which it has to run."""
    stopping = keras.callbacks.EarlyStopping(measure, patience=patience, mode="min")
    values = [epoch[measure] for epoch in history]
    told: list[int] = []

    def begin(epoch: int, _: dict | None) -> None:
        # Early stopping forgets what it has seen: it is told of the epochs before this one again.
        if not told:
            told.append(epoch)
            for earlier, logs in enumerate(history[:epoch]):
                stopping.on_epoch_end(earlier, logs)
        seed_layers(network, seed + epoch)

    return [
        stopping,
        keras.callbacks.LambdaCallback(on_epoch_begin=begin),
        keras.callbacks.ModelCheckpoint(
            folder / _BEST,
            measure,
            mode="min",
            save_best_only=True,
            initial_value_threshold=min(values, default=None),
        ),
        keras.callbacks.CSVLogger(folder / _HISTORY, append=True),
        # After the log, so that an epoch that is kept is in it.
        keras.callbacks.BackupAndRestore(
            folder / "backup", double_checkpoint=True, delete_checkpoint=False
        ),
        TqdmCallback(verbose=1, desc=folder.name, mininterval=5),
    ]


def seed_layers(network: keras.Model, seed: int) -> None:
    """Set the random state of all layers, dropout's for example, so that epochs can be repeated."""
    for number, layer in enumerate(network.layers):
        if isinstance(layer, keras.Model):
            seed_layers(layer, seed + number)
        elif (generator := getattr(layer, "seed_generator", None)) is not None:
            generator.state.assign([seed, number])


def _read_history(folder: Path) -> list[dict[str, float]]:
    path = folder / _HISTORY
    if not path.is_file() or path.stat().st_size == 0:
        return []
    # An epoch that was interrupted between the log and the backup is there twice, one that was
    # interrupted while it was logged is not complete.
    table = pd.read_csv(path).dropna().drop_duplicates("epoch", keep="last").drop(columns="epoch")
    return table.to_dict("records")


def compile_network(
    network: keras.Model, learning_rate: Any = 1e-3, jit_compile: bool | str = "auto"
) -> keras.Model:
    """Compile a network whose last layer gives a score per type, and return it.

    Args:
        network: to compile.
        learning_rate: of Adam, a number or a schedule of `keras.optimizers.schedules`.
        jit_compile: as `keras.Model.compile` takes it.
    """
    network.compile(
        keras.optimizers.Adam(learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=jit_compile,
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
    return keras.Model(network.input, network.get_layer("scores").input)


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
        raise AssetError(
            _("The network {path} cannot be read: {error}.").format(path=path, error=error)
        ) from error
