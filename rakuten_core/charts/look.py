"""What all figures share: one look, one way to write numbers.

Text and background colours are left to the page's theme, so that every figure is right in light and
in dark; only domains and modalities have colours of their own.
"""

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
        return "> 99.9\u202f%"
    return "< 0.1\u202f%" if probability < 0.001 else percent(probability)


def short_label(code: int) -> str:
    """Return `10 Livre d'occasion`: the code with the study's short label."""
    found = product_type(code)
    return f"{found.code} {found.study_label}"
