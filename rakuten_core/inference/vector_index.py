"""Short vectors of the training products, searched exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rakuten_core.files import read_arrays, write_arrays

# A unit vector's values in 8 bits.
_SCALE = 127
# Rows that are widened to floats at a time. More would be memory that the system maps anew for each
# search, and there the threads of many visitors wait for each other.
_CHUNK = 512


class VectorIndex:
    """What training products are like, as unit vectors in 8 bits, and whose they are.

    Vectors are centred, their parts brought to length 1 each, turned onto their principal
    components and brought to length 1 again; likeness is the cosine.

    Args:
        parts: of equal length that a vector consists of.
        components: principal components that are kept, at most.

    Attributes:
        productids: int64 (products,).
        codes: int16 (products,), their types.
        vectors: int8 (products, components).
        limit: similarity to the nearest product below which a product is unlike all of them.
    """

    def __init__(self, parts: int = 1, components: int = 128) -> None:
        self.parts = parts
        self.components = components
        self.limit = -1.0

    def fit(self, raw: np.ndarray, productids: np.ndarray, codes: np.ndarray) -> VectorIndex:
        """Learn the axes from raw vectors, (products, dimensions), and keep the vectors."""
        self.mean_ = raw.mean(axis=0).astype(np.float32)
        _values, axes = np.linalg.eigh(np.cov(self._centred(raw).T))
        self.axes_ = axes[:, ::-1][:, : self.components].astype(np.float16)
        self.vectors = np.rint(self.project(raw) * _SCALE).astype(np.int8)
        self.productids = np.asarray(productids, np.int64)
        self.codes = np.asarray(codes, np.int16)
        return self

    def __len__(self) -> int:
        return len(self.productids)

    def _centred(self, raw: np.ndarray) -> np.ndarray:
        parts = (raw - self.mean_).reshape(len(raw), self.parts, -1)
        return _unit(parts).reshape(len(raw), -1)

    def project(self, raw: np.ndarray) -> np.ndarray:
        """Return raw vectors, (rows, dimensions), as unit vectors, float32 (rows, components)."""
        return _unit(self._centred(raw) @ self.axes_.astype(np.float32))

    def similarities(self, vectors: np.ndarray) -> np.ndarray:
        """Return the cosine of each vector with each product's, float32 (rows, products).

        Args:
            vectors: (rows, components), as `project` returns them.
        """
        result = np.empty((len(vectors), len(self)), np.float32)
        for start in range(0, len(self), _CHUNK):
            chunk = self.vectors[start : start + _CHUNK].astype(np.float32)
            result[:, start : start + _CHUNK] = vectors @ chunk.T
        result /= _SCALE
        return result

    def save(self, path: Path) -> None:
        """Write the index."""
        arrays = {
            "mean": self.mean_,
            "axes": self.axes_,
            "vectors": self.vectors,
            "productids": self.productids,
            "codes": self.codes,
            "parts": np.array(self.parts),
            "limit": np.array(self.limit),
        }
        write_arrays(path, arrays)

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Read an index that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(path)
        index = cls(int(arrays["parts"]), arrays["axes"].shape[1])
        index.mean_, index.axes_ = arrays["mean"], arrays["axes"]
        index.vectors, index.productids = arrays["vectors"], arrays["productids"]
        index.codes, index.limit = arrays["codes"], float(arrays["limit"])
        return index


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Return vectors, along the last axis, of length 1; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
