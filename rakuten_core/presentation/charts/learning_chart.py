"""The figure of what more products to learn from give."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from rakuten_core.language import _, number
from rakuten_core.presentation.charts.look import MARGIN, MODALITY_COLORS, new_figure
from rakuten_core.registry import entry
from rakuten_core.reports.learning_curves import LearningCurve

_TICKS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)


def learning_chart(curves: Mapping[str, LearningCurve]) -> go.Figure:
    """Return weighted F1 against the products learnt from: runs, fitted law, complete data.

    Args:
        curves: by what each model is called.
    """
    figure = new_figure()
    for name, curve in curves.items():
        color = MODALITY_COLORS[entry(curve.model).modality]
        low, high = curve.interval
        hover = _("{name}: %{{y:.3f}} from %{{x:,}} products").format(name=name)
        figure.add_scatter(
            x=curve.fitted["products"],
            y=curve.fitted["weighted_f1"],
            mode="lines",
            line={"color": color, "dash": "dot"},
            name=_("{name}, fitted").format(name=name),
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=curve.runs["products"],
            y=curve.runs["weighted_f1"],
            mode="markers",
            marker={"color": color, "size": 9},
            name=name,
            hovertemplate=f"{hover}<extra></extra>",
        )
        figure.add_scatter(
            x=[curve.complete],
            y=[curve.expected],
            mode="markers",
            marker={"color": color, "size": 12, "symbol": "diamond-open"},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [high - curve.expected],
                "arrayminus": [curve.expected - low],
            },
            name=_("{name}, complete data").format(name=name),
            hovertemplate=f"{hover}<extra></extra>",
        )
    return figure.update_layout(
        height=460,
        margin=MARGIN,
        xaxis={
            "title": _("Products learnt from"),
            "type": "log",
            "tickvals": _TICKS,
            "ticktext": [number(each) for each in _TICKS],
        },
        yaxis={"title": _("Weighted F1")},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
