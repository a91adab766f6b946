"""Word clouds, drawn with the `wordcloud` package on a transparent background."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping

from PIL import Image, ImageColor


def word_cloud(
    weights: Mapping[str, float],
    color: str,
    dark: bool = False,
    size: tuple[int, int] = (900, 480),
) -> Image.Image:
    """Return a word cloud in shades of one colour, readable on the page's background.

    Args:
        weights: how large each word is, in proportion; at least one.
        color: of the domain, as `#RRGGBB`.
        dark: whether the page is dark.
        size: width and height in pixels.

    Returns:
        An RGBA picture; the same words give the same picture.
    """
    # It brings Matplotlib along.
    from wordcloud import WordCloud

    hue, _, saturation = colorsys.rgb_to_hls(*(level / 255 for level in ImageColor.getrgb(color)))
    # Contrast with the page comes first: light words at night, dark words by day.
    shades = (0.62, 0.7, 0.78) if dark else (0.22, 0.3, 0.38)

    def shade(word: str, **_: object) -> tuple[int, int, int]:
        lightness = shades[sum(map(ord, word)) % len(shades)]
        red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
        return round(255 * red), round(255 * green), round(255 * blue)

    cloud = WordCloud(
        width=size[0],
        height=size[1],
        mode="RGBA",
        background_color=None,
        color_func=shade,
        prefer_horizontal=1.0,
        random_state=0,
        max_font_size=size[1] // 4,
        relative_scaling=0.4,
    )
    return cloud.generate_from_frequencies(dict(weights)).to_image()
