"""Photos reduced to a few pixels, for classical models."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rakuten_core.data.products import Picture
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square


def small_pixels(photos: Sequence[Picture | None], side: int) -> np.ndarray:
    """Return photos reduced to squares, one row each, float32 (photos, side * side * 3) in 0..1.

    Raises:
        ImageError: a photo cannot be decoded.
    """

    def load(row: int) -> np.ndarray:
        return to_square(decode_image(photos[row]), side).ravel()

    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(load, range(len(photos))))).astype(np.float32) / 255
