"""Results of long steps kept on disk, so that an interrupted training goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock, Timeout

from rakuten_core.errors import AssetError
from rakuten_core.files import read_arrays, write_arrays

if TYPE_CHECKING:
    import keras


class Checkpoints:
    """Named arrays in one folder; what is there is read instead of computed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def arrays(
        self, name: str, compute: Callable[[], dict[str, np.ndarray]]
    ) -> dict[str, np.ndarray]:
        """Return the arrays of a step, computing and writing them when they are not there.

        Of several processes with one folder, one computes them and the others wait.
        """
        path = self.folder / f"{name}.npz"
        with self._lock(name):
            if path.is_file():
                try:
                    return read_arrays(path)
                except AssetError:
                    path.unlink()
            computed = compute()
            write_arrays(path, computed, compressed=False)
            return computed

    def busy(self, name: str) -> bool:
        """Return whether another process is computing the arrays of a step."""
        try:
            with self._lock(name).acquire(timeout=0):
                return False
        except Timeout:
            return True

    def _lock(self, name: str) -> FileLock:
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / f"{name}.lock")


def weights_and_history(
    network: keras.Model, history: Sequence[Mapping[str, float]]
) -> dict[str, np.ndarray]:
    """Return a trained network's weights in order, as float16, and its history, as arrays.

    Eleven significant bits: networks ship in eight.
    """
    return {
        "history": np.array(json.dumps(list(history))),
        **{
            str(number): np.asarray(values, np.float16)
            for number, values in enumerate(network.get_weights())
        },
    }


def read_weights_and_history(
    arrays: Mapping[str, np.ndarray],
) -> tuple[list[np.ndarray], list[dict[str, float]]]:
    """Return float32 weights in order and the history that `weights_and_history` gave."""
    weights = [arrays[str(number)].astype(np.float32) for number in range(len(arrays) - 1)]
    return weights, json.loads(str(arrays["history"]))
