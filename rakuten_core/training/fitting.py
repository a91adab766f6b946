"""Fine-tuning of a network, epoch by epoch, that an interruption does not set back far.

With any backend of Keras: JAX knows GPUs on which no TensorFlow is installed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
import pandas as pd
from tqdm.keras import TqdmCallback

from rakuten_core.inference.models.image_network import LinearHead

_WARM_UP = 0.06
# A type without products starts low, but within reach of the gradient.
_LOWEST_INTERCEPT = -10
SECONDS_BETWEEN_BACKUPS = 60.0
"""Writing the state of a large network takes seconds: after short epochs it is left out."""


class Batches(Protocol):
    """What a network learns from, in an order of its own for each epoch.

    Attributes:
        shape: of an input without the axis of the batch; None where batches differ.
    """

    shape: tuple[int | None, ...]

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
    layer_decay: float = 1.0,
) -> list[dict[str, float]]:
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
        layer_decay: by how much a layer named `layer<number>` learns slower than the next one
            (Clark et al., ELECTRA, 2020); what lies before the first is slower still, what lies
            after the last learns at the full rate.
    """
    schedule = rising_and_falling(len(batches) * epochs, learning_rate)
    network.compile(
        LayerwiseAdamW(
            layer_decay, learning_rate=schedule, weight_decay=weight_decay, global_clipnorm=1.0
        ),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=label_smoothing),
        # TensorFlow would compile anew for each length of text; JAX is slow without.
        jit_compile=keras.backend.backend() != "tensorflow",
        metrics=["accuracy"],
    )
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "history.csv"
    network.fit(
        _as_keras_takes(batches),
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: batches.shuffle(epoch)),
            keras.callbacks.CSVLogger(log, append=True),
            # Last, so that an epoch that is kept is in the log.
            _Backup(folder / "backup", double_checkpoint=True, delete_checkpoint=False),
            TqdmCallback(verbose=1, desc=name, mininterval=5),
        ],
    )
    # An epoch that was interrupted between the log and the backup is there twice.
    epochs_once = pd.read_csv(log).drop_duplicates("epoch", keep="last")
    return epochs_once[["loss", "accuracy"]].to_dict("records")


def first_head(features: np.ndarray, codes: np.ndarray, C: float) -> dict[str, np.ndarray]:
    """Return `coefficients` and `intercepts` of a head that has learnt from a network as it comes.

    A head that knows nothing would send its noise through the network first (Kumar et al.,
    Fine-Tuning can Distort Pretrained Features, 2022).

    Args:
        features: (products, dimensions).
        codes: (products,) product type codes.
        C: inverse strength of the L2 penalty.
    """
    head = LinearHead(C=C).fit(features, codes)
    intercepts = np.maximum(head.intercepts_, _LOWEST_INTERCEPT)
    return {"coefficients": head.coefficients_, "intercepts": intercepts}


def rising_and_falling(steps: int, learning_rate: float) -> Any:
    """Return a learning rate that rises over 6 % of the steps and falls along a cosine."""
    warm_up = max(1, int(_WARM_UP * steps))
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, steps - warm_up),
        alpha=0.02,
        warmup_target=learning_rate,
        warmup_steps=warm_up,
    )


def _gpu_found() -> bool:
    """Return whether Keras finds a GPU."""
    return any("gpu" in device.lower() for device in keras.distribution.list_devices())


def fast_dtype() -> str:
    """Return the policy that this machine computes fast: short floats where it knows them."""
    processor = Path("/proc/cpuinfo")
    flags = processor.read_text() if processor.is_file() else ""
    short = _gpu_found() or "avx512_bf16" in flags or "amx_bf16" in flags
    return "mixed_bfloat16" if short else "float32"


def _as_keras_takes(batches: Batches) -> Any:
    """Return the batches in the order of the time of asking."""
    if keras.backend.backend() != "tensorflow":
        return _InOrder(batches)
    # Keras would take the shape of the first batches for that of all.
    import tensorflow as tf

    inputs, targets = next(iter(batches))
    signature = (
        tf.TensorSpec((None, *batches.shape), inputs.dtype),
        tf.TensorSpec((None, *targets.shape[1:]), targets.dtype),
    )
    made = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=signature)
    return made.apply(tf.data.experimental.assert_cardinality(len(batches))).prefetch(2)


class _InOrder(keras.utils.PyDataset):
    """Batches one after the other."""

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if index == 0:
            self._iterator = iter(self._batches)
        return next(self._iterator)


class LayerwiseAdamW(keras.optimizers.AdamW):
    """AdamW with a learning rate for each layer.

    Args:
        layer_decay: see `fine_tune`.
        options: of AdamW.
    """

    def __init__(self, layer_decay: float, **options: Any) -> None:
        super().__init__(**options)
        self._layer_decay = layer_decay

    def build(self, variables: list[keras.Variable]) -> None:
        """Make the optimiser's own variables."""
        super().build(variables)
        layers = [_layer_number(variable.path) for variable in variables]
        count = max((number for number in layers if number is not None), default=-1) + 1
        self._shares = []
        seen = False
        for number in layers:
            seen |= number is not None
            depth = (count if seen else -1) if number is None else number
            self._shares.append(self._layer_decay ** (count - depth))

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable."""
        share = self._shares[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * share)


class _Backup(keras.callbacks.BackupAndRestore):
    """Keeps the state after an epoch, unless it has just been kept."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._written = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the state."""
        if time.monotonic() - self._written >= SECONDS_BETWEEN_BACKUPS:
            super().on_epoch_end(epoch, logs)
            self._written = time.monotonic()


def _layer_number(path: str) -> int | None:
    """Return the number of the layer `layer<number>` in a variable's path, if there is one."""
    for part in path.split("/"):
        if part.startswith("layer") and part.removeprefix("layer").isdigit():
            return int(part.removeprefix("layer"))
    return None
