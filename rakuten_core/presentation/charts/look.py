"""What all figures share: one look, one way to write numbers.

Text and background colours are left to the page's theme, so that every figure is right in light and
in dark; only domains and modalities have colours of their own.
"""

import plotly.graph_objects as go
from PIL import ImageColor
from plotly.basedatatypes import BaseTraceType

from rakuten_core.language import _, percent, separators

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
NEUTRAL = "#8A8F98"
ACCENT = "#BF0000"
PALE = "#D9D5D0"
# On colours, in both themes.
INK = "#1C1A18"
"""What stands beside a finding."""
MODALITY_COLORS = {"text": "#0072B2", "image": "#E69F00", "fusion": "#009E73"}
"""One colour per modality on all pages (Okabe and Ito)."""


def new_figure(*traces: BaseTraceType) -> go.Figure:
    """Return a figure that writes numbers as the current language does."""
    return go.Figure(traces).update_layout(separators=separators())


def labelled(name: str, value: str) -> str:
    """Return a value after its name, as the current language writes it."""
    return _("{name}: {value}").format(name=name, value=value)


def chance(probability: float) -> str:
    """Return a model's probability as a percentage that never claims certainty: `> 99.9 %`."""
    if probability > 0.999:
        return f">\u00a0{percent(0.999)}"
    return f"<\u00a0{percent(0.001)}" if probability < 0.001 else percent(probability)


def readable_on(color: str) -> str:
    """Return black or white, whichever is easier to read on a colour (WCAG 2.1's contrast)."""
    linear = [
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
        for level in (part / 255 for part in ImageColor.getrgb(color))
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#FFFFFF"
