"""The photos whose tokens say which errors matter where a tower's weights are rounded."""

from __future__ import annotations

import numpy as np

from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.training.context import Context
from rakuten_core.training.folds import learning_products

_COUNT = 64


def rounding_photos(context: Context) -> list[str]:
    """Return the file names of some photos to learn from; the same seed draws the same."""
    photos = learning_products(context.readable("image"), "a photo")["photo"]
    return photos.sample(min(_COUNT, len(photos)), random_state=context.seed).tolist()


def shown_to_tower(context: Context, names: list[str], image_size: int) -> np.ndarray:
    """Return photos as CLIP's tower takes them, float32 (photos, size, size, 3)."""
    squares = [
        to_square(decode_image(context.catalog.photos.read(name)), image_size) for name in names
    ]
    return PREPROCESSING["clip"](np.stack(squares).astype(np.float32))
