"""Variants of a photo that show the same product: what training draws from."""

import math

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


LEAST_AREA = 0.6
"""A cut-out holds at least this share of the photo's area."""
MOST_STRETCHED = 4 / 3
"""A cut-out is at most this much wider than high, or higher than wide."""


def cut_out(image: Image.Image, size: int, generator: np.random.Generator) -> np.ndarray:
    """Return a random cut-out, mirrored or not, as a square array.

    Szegedy et al., Going Deeper with Convolutions (2015), with a larger least area: products stand
    in the middle of their photos and fill them.

    Args:
        image: a square RGB picture.
        size: side of the result in pixels.
        generator: draws place, size and stretch.

    Returns:
        uint8 array of shape (size, size, 3).
    """
    area = generator.uniform(LEAST_AREA, 1.0)
    stretch = math.exp(generator.uniform(-1, 1) * math.log(MOST_STRETCHED))
    width, height = (
        min(1.0, math.sqrt(area * ratio)) * side
        for ratio, side in zip((stretch, 1 / stretch), image.size, strict=True)
    )
    left = generator.uniform(0, image.width - width)
    top = generator.uniform(0, image.height - height)
    box = (left, top, left + width, top + height)
    shown = image.resize((size, size), Image.Resampling.BILINEAR, box)
    if generator.random() < 0.5:
        shown = ImageOps.mirror(shown)
    return np.asarray(shown, dtype=np.uint8)
