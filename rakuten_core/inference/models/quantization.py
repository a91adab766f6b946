"""Vectors in eight bits each number, a quarter of the size."""

import numpy as np


def to_eight_bits(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Round vectors to eight bits, each on a scale of its own.

    Args:
        vectors: (count, dimensions).

    Returns:
        int8 (count, dimensions) and float32 (count, 1); their product is near `vectors`.
    """
    scale = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9) / 127
    return np.round(vectors / scale).astype(np.int8), scale.astype(np.float32)
