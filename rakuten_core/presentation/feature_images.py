"""Filters and feature maps as pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image

# From the page's background over the theme's red: nothing to much, by day and by night.
_SCALES = {
    False: np.array([[255, 255, 255], [246, 190, 170], [191, 0, 0], [70, 0, 0]], np.float32),
    True: np.array([[22, 20, 19], [110, 20, 20], [255, 107, 107], [255, 235, 220]], np.float32),
}


def map_image(values: np.ndarray, side: int, dark: bool = False) -> Image.Image:
    """Return a map as a square picture: the stronger, the deeper the colour.

    Args:
        values: (rows, columns); what is below zero counts as nothing.
        side: of the picture in pixels; places stay squares.
        dark: whether the page is dark.
    """
    positive = np.clip(values, 0, None)
    share = positive / max(float(positive.max()), 1e-9)
    scale = _SCALES[dark]
    steps = np.linspace(0, 1, len(scale))
    colour = np.stack([np.interp(share, steps, scale[:, axis]) for axis in range(3)], axis=-1)
    picture = Image.fromarray(colour.astype(np.uint8))
    return picture.resize((side, side), Image.Resampling.NEAREST)


def filter_sheet(filters: np.ndarray, columns: int = 16, side: int = 42) -> Image.Image:
    """Return filters over colours as one picture, each stretched to its own range.

    Args:
        filters: float (filters, height, width, 3).
        columns: filters in a row.
        side: of each in pixels.
    """
    gap = 4
    rows = -(-len(filters) // columns)
    sheet = Image.new(
        "RGBA", (columns * (side + gap) - gap, rows * (side + gap) - gap), (0, 0, 0, 0)
    )
    for place, values in enumerate(filters):
        # Zero is mid-grey: what the filter adds is lighter, what it takes away darker.
        reach = max(float(np.abs(values).max()), 1e-9)
        pixels = np.rint((values / reach + 1) * 127.5).astype(np.uint8)
        tile = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
        row, column = divmod(place, columns)
        sheet.paste(tile, (column * (side + gap), row * (side + gap)))
    return sheet
