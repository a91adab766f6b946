"""Figures of how sure answers are, and of what may be sorted without a person."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rakuten_core.language import _, percent
from rakuten_core.presentation.charts.look import (
    ACCENT,
    MARGIN,
    MODALITY_COLORS,
    NEUTRAL,
    new_figure,
)
from rakuten_core.registry import modality_name

_BINS = 20


def certainty_chart(probabilities: np.ndarray, limit: float) -> go.Figure:
    """Return how many answers have each probability, those below a limit in grey.

    Args:
        probabilities: of the answers, from 0 to 1.
        limit: below which a person looks.
    """
    edges = np.linspace(0, 1, _BINS + 1)
    traces = [
        go.Bar(
            x=100 * (edges[:-1] + 0.5 / _BINS),
            y=np.histogram(probabilities[chosen], edges)[0],
            width=100 / _BINS,
            marker={"color": color, "line": {"width": 0}},
            name=name,
            hovertemplate="%{y}<extra></extra>",
        )
        for name, color, chosen in (
            (_("Needs a look"), NEUTRAL, probabilities < limit),
            (_("Sorted by itself"), MODALITY_COLORS["fusion"], probabilities >= limit),
        )
    ]
    figure = new_figure(*traces)
    figure.add_vline(x=100 * limit, line={"color": ACCENT, "dash": "dot"})
    return figure.update_layout(
        barmode="stack",
        bargap=0.05,
        height=260,
        margin=MARGIN,
        xaxis={"title": _("Probability, %"), "range": [0, 100]},
        yaxis={"title": _("Products")},
        legend={"orientation": "h", "y": 1.15, "x": 0},
    )


def coverage_chart(curves: Mapping[str, pd.DataFrame], limit: float | None = None) -> go.Figure:
    """Return the precision of what is sorted against its share, one line per modality.

    Args:
        curves: of `automation.coverage_curve` by modality.
        limit: whose place on the curve of the fusion is marked.
    """
    figure = new_figure()
    for modality, curve in curves.items():
        color = MODALITY_COLORS[modality]
        figure.add_scatter(
            x=100 * np.concatenate([curve["share"], curve["share"][::-1]]),
            y=100 * np.concatenate([curve["low"], curve["high"][::-1]]),
            fill="toself",
            fillcolor=color,
            opacity=0.18,
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=100 * curve["share"],
            y=100 * curve["precision"],
            customdata=100 * curve["limit"],
            mode="lines",
            line={"color": color, "width": 2.5},
            name=modality_name(modality),
            hovertemplate=_("%{x:.1f}% sorted, %{y:.1f}% right, from a probability of ")
            + "%{customdata:.0f}%<extra></extra>",
        )
    if limit is not None and "fusion" in curves:
        curve = curves["fusion"]
        place = int(np.argmin(np.abs(curve["limit"].to_numpy() - limit)))
        figure.add_scatter(
            x=[100 * curve["share"].iloc[place]],
            y=[100 * curve["precision"].iloc[place]],
            mode="markers",
            marker={"color": ACCENT, "size": 12},
            name=_("Limit {limit}").format(limit=percent(limit, 0)),
            hoverinfo="skip",
        )
    return figure.update_layout(
        height=420,
        margin=MARGIN,
        xaxis={"title": _("Sorted without a person, % of products"), "range": [0, 100]},
        yaxis={"title": _("Right among them, %")},
        legend={"orientation": "h", "y": 1.1, "x": 0},
    )


def cost_chart(costs: pd.DataFrame, limit: float) -> go.Figure:
    """Return what 100,000 products cost by the limit.

    Args:
        costs: of `automation.costs`, with `limit`, `checks` and `errors`, in euros.
        limit: the one that is marked.
    """
    figure = new_figure(
        *(
            go.Scatter(
                x=100 * costs["limit"],
                y=costs[column],
                name=name,
                stackgroup="cost",
                line={"width": 0.5, "color": color},
                hovertemplate="%{y:,.0f} €<extra></extra>",
            )
            for column, name, color in (
                ("checks", _("Checks"), MODALITY_COLORS["text"]),
                ("errors", _("Wrong types"), MODALITY_COLORS["image"]),
            )
        )
    )
    figure.add_vline(x=100 * limit, line={"color": ACCENT, "dash": "dot"})
    return figure.update_layout(
        height=320,
        margin=MARGIN,
        hovermode="x unified",
        xaxis={"title": _("Limit on the probability, %"), "range": [0, 100]},
        yaxis={
            "title": _("Cost of 100,000 products, €"),
            "rangemode": "tozero",
            "tickformat": ",",
        },
        legend={"orientation": "h", "y": 1.12, "x": 0},
    )
