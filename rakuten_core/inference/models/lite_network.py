"""A network in LiteRT format: fast on a CPU, small to load, and safe to share between threads."""

import gzip
import hashlib
import os
import queue
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from rakuten_core.errors import AssetError
from rakuten_core.files import parts_of
from rakuten_core.inference.mapped_files import release_pages
from rakuten_core.language import _

CORES = min(4, os.cpu_count() or 1)
"""Cores that networks use at most."""


def unpacked(path: Path) -> bytes:
    """Return a network's file, put together from its parts and unpacked where it ends in `.gz`.

    Raises:
        AssetError: it is missing or damaged.
    """
    parts = parts_of(path)
    if not parts:
        raise AssetError(_("The network {path} is missing.").format(path=path))
    try:
        content = b"".join(part.read_bytes() for part in parts)
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError) as error:
        raise _damaged(path, error) from error


def _interpreters(content: bytes, copies: int, threads: int) -> list[Interpreter]:
    """Return interpreters of one network.

    Each packs the weights for the processor and needs what they are packed from no more: read from
    a mapped file instead of from `content`, that is given back, half of the memory of a network.
    """
    with TemporaryDirectory(prefix="rakuten-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "network.tflite"
        path.write_bytes(content)
        made = []
        for _copy in range(copies):
            interpreter = Interpreter(model_path=str(path), num_threads=threads)
            interpreter.allocate_tensors()
            made.append(interpreter)
        release_pages(path)
    # Without its name the file lives on as long as it is mapped.
    return made


def _damaged(path: Path, error: Exception) -> AssetError:
    return AssetError(
        _("The network {path} cannot be loaded: {error}.").format(path=path, error=error)
    )


class LiteNetwork:
    """Runs one `.tflite` file, one picture or text at a time.

    An interpreter may serve one thread at a time. Each copy is one interpreter: calls from as many
    threads run beside each other, others wait for a free copy. For small networks, cores that each
    work alone do more than cores that share one input; a large one would take the memory of each
    copy and make a single answer wait for one core.

    Args:
        path: of the file, which may be in parts; one that ends in `.gz` is unpacked first.
        copies: how many calls may run at once; one for each core (but at most four) by default.
        threads: cores that share one input.

    Attributes:
        digest: SHA-256 of the unpacked file, in hexadecimal.
        image_size: side of the photos that it takes, in pixels.
        channels: of what it gives.

    Raises:
        AssetError: the file is missing or damaged.
    """

    def __init__(self, path: Path, copies: int | None = None, threads: int = 1) -> None:
        content = unpacked(path)
        self.copies = copies or CORES
        self._free: queue.SimpleQueue[Interpreter] = queue.SimpleQueue()
        try:
            self.digest = hashlib.sha256(content).hexdigest()
            for interpreter in _interpreters(content, self.copies, threads):
                self._free.put(interpreter)
        except (OSError, ValueError, RuntimeError) as error:
            raise _damaged(path, error) from error
        (entry,) = interpreter.get_input_details()
        (result,) = interpreter.get_output_details()
        self._input, self._output = entry["index"], result["index"]
        self.image_size = int(entry["shape"][1])
        self.channels = int(result["shape"][-1])

    def run(self, values: np.ndarray) -> np.ndarray:
        """Return the network's output for one preprocessed picture or text.

        Args:
            values: float32 (size, size, 3) of a picture; (pieces, dimensions) of a text, of any
                length.

        Returns:
            float32 array of the output's shape without the batch axis; for a backbone the feature
            map (size / 32, size / 32, channels).

        Raises:
            RuntimeError: the values' shape is not the network's.
        """
        values = values[np.newaxis].astype(np.float32)
        interpreter = self._free.get()
        try:
            (entry,) = interpreter.get_input_details()
            if values.shape != tuple(entry["shape"]):
                interpreter.resize_tensor_input(self._input, values.shape, strict=True)
                interpreter.allocate_tensors()
            interpreter.set_tensor(self._input, values)
            interpreter.invoke()
            return interpreter.get_tensor(self._output)[0]
        finally:
            self._free.put(interpreter)
