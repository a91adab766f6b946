"""Results of long steps kept on disk, so that an interrupted training goes on where it was."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from rakuten_core.errors import AssetError
from rakuten_core.files import read_arrays, write_arrays


class Checkpoints:
    """Named arrays in one folder; what is there is read instead of computed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def arrays(
        self, name: str, compute: Callable[[], dict[str, np.ndarray]]
    ) -> dict[str, np.ndarray]:
        """Return the arrays of a step, computing and writing them when they are not there."""
        path = self.folder / f"{name}.npz"
        if path.is_file():
            try:
                return read_arrays(path)
            except AssetError:
                path.unlink()
        computed = compute()
        write_arrays(path, computed, compressed=False)
        return computed
