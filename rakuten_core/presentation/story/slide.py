"""What a slide of the talk holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from PIL import Image

from rakuten_core.taxonomy import ProductType


@dataclass(frozen=True)
class LiveProduct:
    """An example that was classified for the slide.

    Attributes:
        title: its French title.
        picture: its photo or drawing, or None.
        ranking: product types with their probabilities, best first.
        milliseconds: that the answer took.
    """

    title: str
    picture: Image.Image | None
    ranking: Sequence[tuple[ProductType, float]]
    milliseconds: float


@dataclass(frozen=True)
class Point:
    """One of a few points that a slide makes in words: what, and what came of it."""

    what: str
    result: str


@dataclass(frozen=True)
class Slide:
    """One slide: a headline that states the finding, and what shows it.

    Attributes:
        key: its name in the address.
        headline: the finding.
        words: a sentence below it.
        notes: what the speaker says.
        figure: drawn for the stage; None where points say it.
        points: said in words, beside the figure or instead of it.
        page: file of the page where one can dig; None where there is none.
    """

    key: str
    headline: str
    words: str
    notes: str
    figure: go.Figure | None = None
    points: tuple[Point, ...] = ()
    page: str | None = None
