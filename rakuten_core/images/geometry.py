"""From an RGB picture to the square array that a network reads."""

import math

import numpy as np
from PIL import Image, ImageOps

from rakuten_core.language import _

_WHITE = (255, 255, 255)


def to_square(image: Image.Image, size: int, crop: float = 0.0) -> np.ndarray:
    """Return a picture as a square array.

    A picture that is not square is centred on white, as catalogue photos are, so that nothing is
    distorted. Resizing is bilinear with antialiasing.

    Args:
        image: an RGB picture.
        size: side of the result in pixels.
        crop: fraction of width and height to cut from the borders first (0.2 keeps the central
            80 %), in [0, 1).

    Returns:
        uint8 array of shape (size, size, 3).
    """
    if not 0 <= crop < 1:
        raise ValueError(_("crop must be in [0, 1). Received: {crop}.").format(crop=crop))
    if image.width != image.height:
        # Shrink before padding: the square of a long, narrow picture would be many times its size.
        whole = math.ceil(size / (1 - crop))
        if max(image.size) > whole:
            scale = whole / max(image.size)
            shrunk = [max(1, round(length * scale)) for length in image.size]
            image = image.resize(shrunk, Image.Resampling.BILINEAR)
        side = max(image.size)
        image = ImageOps.pad(image, (side, side), Image.Resampling.BILINEAR, color=_WHITE)
    if crop:
        margin = round(image.width * crop / 2)
        image = image.crop((margin, margin, image.width - margin, image.height - margin))
    if image.width != size:
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8)


def cropped_square(image: Image.Image, longest: int, crop: float) -> np.ndarray:
    """Return what a crop leaves of a picture centred on white, its side at most `longest` pixels.

    Args:
        image: an RGB picture.
        longest: side of the result in pixels, at most.
        crop: fraction of width and height to cut from the borders, in [0, 1).

    Returns:
        uint8 array of shape (side, side, 3).
    """
    return to_square(image, min(longest, max(1, round(max(image.size) * (1 - crop)))), crop)
