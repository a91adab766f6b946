"""Quantization of vectors to 8 bits, a quarter of the size of 32-bit floats."""

import numpy as np


def quantize_rows(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantize vectors symmetrically to int8, each with a scale of its own.

    Args:
        vectors: float (count, dimensions).

    Returns:
        int8 (count, dimensions) and float32 scales (count, 1); their product is near `vectors`.
    """
    scale = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9) / 127
    return np.round(vectors / scale).astype(np.int8), scale.astype(np.float32)
