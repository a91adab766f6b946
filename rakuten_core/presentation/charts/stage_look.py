"""The look of figures on the stage: large type, direct labels, one finding in colour."""

from __future__ import annotations

import plotly.graph_objects as go

INK = "#22201F"
GREY = "#6F6963"
"""Text that is not the finding: still readable on white (WCAG 2.1's AA)."""
SIZE = (1160, 470)
"""Width and height of a figure on the stage, in pixels of a stage of 1280 x 720."""


def staged(figure: go.Figure, **margin: int) -> go.Figure:
    """Return a figure with the stage's type and margins, without what only a screen needs."""
    figure.update_layout(
        template="plotly_white",
        width=SIZE[0],
        height=SIZE[1],
        margin={"l": 10, "r": 10, "t": 10, "b": 10} | margin,
        font={"size": 18, "color": INK, "family": "system-ui, sans-serif"},
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode=False,
    )
    figure.update_xaxes(fixedrange=True, automargin=True, title_font_size=18)
    figure.update_yaxes(fixedrange=True, automargin=True, title_font_size=18)
    return figure


def say(figure: go.Figure, text: str, x: float, y: float, **options: object) -> None:
    """Write beside a mark of the figure."""
    figure.add_annotation(**({"x": x, "y": y, "text": text, "showarrow": False} | options))
