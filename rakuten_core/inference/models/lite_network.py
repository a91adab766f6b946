"""A network in LiteRT format: fast on a CPU, small to load, and safe to share between threads."""

import gzip
import hashlib
import os
import queue
import threading
from dataclasses import dataclass
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
        raise _missing(path)
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


def _missing(path: Path) -> AssetError:
    return AssetError(_("The network {path} is missing.").format(path=path))


def _damaged(path: Path, error: Exception) -> AssetError:
    return AssetError(
        _("The network {path} cannot be loaded: {error}.").format(path=path, error=error)
    )


@dataclass(frozen=True)
class _Facts:
    """What is known of a network that is loaded; `entry` and `result` number its tensors."""

    digest: str
    image_size: int
    channels: int
    entry: int
    result: int


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
        lazily: load it when it is first asked: it may not be.

    Raises:
        AssetError: the file is missing or damaged.
    """

    def __init__(
        self, path: Path, copies: int | None = None, threads: int = 1, lazily: bool = False
    ) -> None:
        if not parts_of(path):
            raise _missing(path)
        self.copies = copies or CORES
        self._path, self._threads = path, threads
        self._free: queue.SimpleQueue[Interpreter] = queue.SimpleQueue()
        self._opening = threading.Lock()
        self._known: _Facts | None = None
        if not lazily:
            self._facts()

    def _facts(self) -> _Facts:
        """Return what is known of the network, loading it at the first call."""
        if self._known is None:
            with self._opening:
                # Another thread may have loaded it meanwhile.
                self._known = self._known or self._opened()
        return self._known

    def _opened(self) -> _Facts:
        content = unpacked(self._path)
        try:
            made = _interpreters(content, self.copies, self._threads)
        except (OSError, ValueError, RuntimeError) as error:
            raise _damaged(self._path, error) from error
        (entry,) = made[0].get_input_details()
        (result,) = made[0].get_output_details()
        for interpreter in made:
            self._free.put(interpreter)
        return _Facts(
            hashlib.sha256(content).hexdigest(),
            int(entry["shape"][1]),
            int(result["shape"][-1]),
            entry["index"],
            result["index"],
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the unpacked file, in hexadecimal."""
        return self._facts().digest

    @property
    def image_size(self) -> int:
        """Side of the photos that it takes, in pixels."""
        return self._facts().image_size

    @property
    def channels(self) -> int:
        """Channels of what it gives."""
        return self._facts().channels

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
        facts = self._facts()
        interpreter = self._free.get()
        try:
            (entry,) = interpreter.get_input_details()
            if values.shape != tuple(entry["shape"]):
                interpreter.resize_tensor_input(facts.entry, values.shape, strict=True)
                interpreter.allocate_tensors()
            interpreter.set_tensor(facts.entry, values)
            interpreter.invoke()
            return interpreter.get_tensor(facts.result)[0]
        finally:
            self._free.put(interpreter)
