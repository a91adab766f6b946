"""A network in LiteRT format: fast on a CPU, small to load, and safe to share between threads."""

import os
import threading
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from rakuten_core.errors import AssetError


class LiteNetwork:
    """Runs one `.tflite` file, one picture at a time.

    An interpreter may serve one thread at a time, so calls from several threads take turns; each
    call uses all cores.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        if not path.is_file():
            raise AssetError(f"The network {path} is missing.")
        try:
            self._interpreter = Interpreter(
                str(path), num_threads=threads or min(4, os.cpu_count() or 1)
            )
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise AssetError(f"The network {path} cannot be loaded: {error}.") from error
        (entry,) = self._interpreter.get_input_details()
        (result,) = self._interpreter.get_output_details()
        self._input, self._output = entry["index"], result["index"]
        self.image_size = int(entry["shape"][1])
        self.channels = int(result["shape"][-1])
        self._lock = threading.Lock()

    def run(self, pixels: np.ndarray) -> np.ndarray:
        """Return the network's output for one preprocessed picture.

        Args:
            pixels: float32 (size, size, 3).

        Returns:
            float32 array of the output's shape without the batch axis; for a backbone the feature
            map (size / 32, size / 32, channels).
        """
        with self._lock:
            self._interpreter.set_tensor(self._input, pixels[np.newaxis].astype(np.float32))
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._output)[0]
