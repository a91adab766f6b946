"""What all figures share: one look, one way to write numbers.

Text and background colours are left to the page's theme, so that every figure is right in light and
in dark; only domains and modalities have colours of their own.
"""

from PIL import ImageColor

from rakuten_core.taxonomy import product_type

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
NEUTRAL = "#8A8F98"
ACCENT = "#BF0000"
MODALITY_COLORS = {"text": "#0072B2", "image": "#E69F00", "fusion": "#009E73"}
"""One colour per modality on all pages (Okabe and Ito)."""


def percent(value: float, digits: int = 1) -> str:
    """Return a fraction as a percentage with a narrow no-break space: `82.7 %`."""
    return f"{100 * value:.{digits}f}\u202f%"


def chance(probability: float) -> str:
    """Return a model's probability as a percentage that never claims certainty: `> 99.9 %`."""
    if probability > 0.999:
        return ">\u00a099.9\u202f%"
    return "<\u00a00.1\u202f%" if probability < 0.001 else percent(probability)


def readable_on(color: str) -> str:
    """Return black or white, whichever is easier to read on a colour (WCAG 2.1's contrast)."""
    linear = [
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
        for level in (part / 255 for part in ImageColor.getrgb(color))
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#FFFFFF"


def short_label(code: int) -> str:
    """Return `10 Livre d'occasion`: the code with the study's short label."""
    found = product_type(code)
    return f"{found.code} {found.study_label}"
