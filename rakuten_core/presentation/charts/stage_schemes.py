"""Drawn diagrams and lists for the stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from rakuten_core.presentation.charts.look import (
    ACCENT,
    PALE,
    new_figure,
)
from rakuten_core.presentation.charts.stage_look import GREY, INK, say, staged


def rows_figure(rows: Sequence[tuple[str, str]], told: Sequence[int]) -> go.Figure:
    """Return named texts as rows, from top to bottom, those of some steps in colour."""
    figure = new_figure(go.Scatter(x=[0], y=[0], mode="markers", opacity=0))
    for position, (name, text) in enumerate(rows):
        color = ACCENT if position in told else INK
        say(figure, f"{position + 1}. {name}", 0, -position, xanchor="left", font_color=GREY)
        say(figure, text, 0.36, -position, xanchor="left", font={"size": 20, "color": color})
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[0.6 - len(rows), 0.6])
    return staged(figure)


@dataclass(frozen=True)
class Box:
    """A box of a scheme: where its middle lies (0 to 1), what it says, and its colour."""

    x: float
    y: float
    text: str
    color: str = PALE
    width: float = 0.15
    height: float = 0.16


def scheme_figure(
    boxes: Sequence[Box], arrows: Sequence[tuple[int, int]], headings: Sequence[tuple[float, str]]
) -> go.Figure:
    """Return a drawn scheme.

    Args:
        boxes: what it is made of.
        arrows: pairs of positions in `boxes`, from right edge to left edge.
        headings: heights and texts at the left.
    """
    figure = new_figure(go.Scatter(x=[0], y=[0], mode="markers", opacity=0))
    for box in boxes:
        figure.add_shape(
            type="rect",
            x0=box.x - box.width / 2,
            x1=box.x + box.width / 2,
            y0=box.y - box.height / 2,
            y1=box.y + box.height / 2,
            fillcolor=box.color,
            line={"width": 0},
            layer="below",
        )
        white = box.color not in (PALE, "#FFFFFF")
        say(figure, box.text, box.x, box.y, font={"size": 17, "color": "#FFFFFF" if white else INK})
    for start, end in arrows:
        first, second = boxes[start], boxes[end]
        figure.add_annotation(
            x=second.x - second.width / 2,
            y=second.y,
            ax=first.x + first.width / 2,
            ay=first.y,
            xref="x",
            yref="y",
            axref="x",
            ayref="y",
            text="",
            arrowhead=2,
            arrowwidth=2,
            arrowcolor=GREY,
        )
    for y, text in headings:
        say(figure, f"<b>{text}</b>", 0, y, xanchor="left", font={"size": 20, "color": INK})
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[0, 1])
    return staged(figure)
