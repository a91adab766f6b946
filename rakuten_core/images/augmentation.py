"""Variants of a photo that show the same product: what training draws from."""

import numpy as np
from PIL import Image, ImageOps

MAX_SHIFT = 0.08
"""A variant is shifted by at most this fraction of width and height."""
MAX_ZOOM = 0.1
"""A variant is enlarged or reduced by at most this fraction."""


def augmented(image: Image.Image, seed: int) -> Image.Image:
    """Return a random variant: mirrored or not, shifted and zoomed a little.

    Args:
        image: an RGB picture.
        seed: the same seed gives the same variant.
    """
    generator = np.random.default_rng(seed)
    if generator.random() < 0.5:
        image = ImageOps.mirror(image)
    zoom = 1 + generator.uniform(-MAX_ZOOM, MAX_ZOOM)
    shift_x, shift_y = generator.uniform(-MAX_SHIFT, MAX_SHIFT, 2) * image.size
    width, height = image.size
    # From places in the variant to places in the photo, about its centre.
    matrix = (
        *(1 / zoom, 0, width / 2 * (1 - 1 / zoom) - shift_x),
        *(0, 1 / zoom, height / 2 * (1 - 1 / zoom) - shift_y),
    )
    return image.transform(
        image.size,
        Image.Transform.AFFINE,
        matrix,
        resample=Image.Resampling.BILINEAR,
        fillcolor=(255, 255, 255),
    )
