"""From an RGB picture to the square array that a network reads."""

import numpy as np
from PIL import Image, ImageOps

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
        raise ValueError(f"crop must be in [0, 1). Received: {crop}.")
    if image.width != image.height:
        side = max(image.size)
        # Shrink before padding: cheaper for a large photo, and the same picture.
        if side > size and not crop:
            scale = size / side
            shrunk = [max(1, round(length * scale)) for length in image.size]
            image = image.resize(shrunk, Image.Resampling.BILINEAR)
            side = size
        image = ImageOps.pad(image, (side, side), Image.Resampling.BILINEAR, color=_WHITE)
    if crop:
        margin = round(image.width * crop / 2)
        image = image.crop((margin, margin, image.width - margin, image.height - margin))
    if image.width != size:
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8)
