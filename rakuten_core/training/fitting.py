"""Fine-tuning of a network, epoch by epoch, that an interruption does not set back far."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import keras
import pandas as pd
import tensorflow as tf
from tqdm.keras import TqdmCallback

_WARM_UP = 0.06


class Batches(Protocol):
    """What a network learns from, in an order of its own for each epoch.

    Attributes:
        signature: shape and dtype of inputs and targets, the axis of the batch included.
    """

    signature: tuple[tf.TensorSpec, tf.TensorSpec]

    def shuffle(self, epoch: int) -> None:
        """Draw all that is random of an epoch; the same epoch is always the same."""

    def __len__(self) -> int:
        """Return how many batches an epoch has."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Yield inputs and targets, with the axis of the batch."""


def fine_tune(
    network: keras.Model,
    batches: Batches,
    epochs: int,
    learning_rate: float,
    weight_decay: float,
    label_smoothing: float,
    folder: Path,
    name: str,
) -> pd.DataFrame:
    """Train a network in place and return each epoch's `loss` and `accuracy`.

    AdamW (Loshchilov and Hutter 2019); the learning rate rises over 6 % of the steps and falls to
    2 % of itself along a cosine. After an interruption it goes on with the epoch that it was in.

    Args:
        network: with scores as its output.
        batches: of inputs and shares of the types.
        epochs: passes over the batches.
        learning_rate: at its highest.
        weight_decay: per step, times the learning rate.
        label_smoothing: share of the truth that is spread over all types.
        folder: where the state is kept.
        name: shown beside the progress bar.
    """
    steps = len(batches) * epochs
    warm_up = max(1, int(_WARM_UP * steps))
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, steps - warm_up),
        alpha=0.02,
        warmup_target=learning_rate,
        warmup_steps=warm_up,
    )
    network.compile(
        keras.optimizers.AdamW(schedule, weight_decay=weight_decay, global_clipnorm=1.0),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=label_smoothing),
        # Compiling would start anew for each length of text.
        jit_compile=False,
        metrics=["accuracy"],
    )
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "history.csv"
    network.fit(
        _dataset(batches),
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: batches.shuffle(epoch)),
            keras.callbacks.CSVLogger(log, append=True),
            # Last, so that an epoch that is kept is in the log.
            keras.callbacks.BackupAndRestore(
                folder / "backup", double_checkpoint=True, delete_checkpoint=False
            ),
            TqdmCallback(verbose=1, desc=name, mininterval=5),
        ],
    )
    # An epoch that was interrupted between the log and the backup is there twice.
    return pd.read_csv(log).drop_duplicates("epoch", keep="last")[["loss", "accuracy"]]


def fast_dtype() -> str:
    """Return the policy that this machine computes fast: short floats where it knows them."""
    processor = Path("/proc/cpuinfo")
    flags = processor.read_text() if processor.is_file() else ""
    short = tf.config.list_physical_devices("GPU") or "avx512_bf16" in flags or "amx_bf16" in flags
    return "mixed_bfloat16" if short else "float32"


def _dataset(batches: Batches) -> tf.data.Dataset:
    """Return the batches as TensorFlow takes them, in the order of the time of asking."""
    made = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=batches.signature)
    made = made.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return made.prefetch(2)
