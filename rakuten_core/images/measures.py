"""Figures that describe one photo, all measured on the photo at the same size."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from rakuten_core.images.geometry import to_square

SIZE = 256
"""Side in pixels at which photos are measured: sharpness depends on it."""
WHITE = 250
"""A pixel counts as white from this level on, in each of its three colours."""

# ITU-R BT.601: how much red, green and blue add to what the eye sees as light.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class PhotoStatistics:
    """What one photo is like.

    Attributes:
        white_ratio: share of white pixels, 0 to 1.
        red, green, blue: mean level, 0 to 255.
        brightness: mean luma (ITU-R BT.601), 0 to 1.
        contrast: standard deviation of luma (root-mean-square contrast), 0 to 0.5.
        sharpness: variance of the Laplacian of luma, in levels squared (Pech-Pacheco et al. 2000).
        aspect_ratio: width by height of what is not white; 1 for an all-white photo.
        content_share: share of the photo that the box around what is not white takes, 0 to 1.
    """

    white_ratio: float
    red: float
    green: float
    blue: float
    brightness: float
    contrast: float
    sharpness: float
    aspect_ratio: float
    content_share: float


def photo_statistics(image: Image.Image, white: int = WHITE) -> PhotoStatistics:
    """Measure a photo.

    Args:
        image: an RGB picture.
        white: level from which on a pixel counts as white, 1 to 255.
    """
    pixels = to_square(image, SIZE)
    is_white = np.all(pixels >= white, axis=2)
    red, green, blue = (float(level) for level in pixels.mean(axis=(0, 1)))
    luma = pixels @ _LUMA
    laplacian = (
        luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * luma[1:-1, 1:-1]
    )
    rows, columns = np.flatnonzero(~is_white.all(axis=1)), np.flatnonzero(~is_white.all(axis=0))
    height = rows[-1] - rows[0] + 1 if len(rows) else 0
    width = columns[-1] - columns[0] + 1 if len(columns) else 0
    return PhotoStatistics(
        white_ratio=float(is_white.mean()),
        red=red,
        green=green,
        blue=blue,
        brightness=float(luma.mean() / 255),
        contrast=float(luma.std() / 255),
        sharpness=float(laplacian.var()),
        aspect_ratio=float(width / height) if height else 1.0,
        content_share=float(width * height / SIZE**2),
    )


def variance_kept(variance: np.ndarray, crop: float) -> float:
    """Return the share of an image's total variance that a crop of its borders keeps.

    Args:
        variance: (side, side) variance of each pixel over many photos.
        crop: fraction to cut from width and height, in [0, 1); 0.2 keeps the central 80 %.
    """
    side = len(variance)
    margin = side * crop / 2
    pixels = np.arange(side)
    # How much of each row or column lies inside: the crop may cut through a pixel.
    inside = np.clip(np.minimum(pixels + 1, side - margin) - np.maximum(pixels, margin), 0, 1)
    return float(inside @ variance @ inside / max(variance.sum(), 1e-12))
