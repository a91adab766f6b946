"""Figures of slices of the test products."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from rakuten_core.language import _
from rakuten_core.presentation.charts.look import ACCENT, MARGIN, NEUTRAL, new_figure

_COLORS = (ACCENT, NEUTRAL)
_ROW = 34


def slices_chart(tables: Mapping[str, pd.DataFrame]) -> go.Figure:
    """Return weighted F1 with its interval for each slice, one model beside the other.

    Args:
        tables: of `reports.slice_tables.slices_by`, by what each model is called; two at most.
    """
    figure = new_figure()
    for color, (name, table) in zip(_COLORS, tables.items(), strict=False):
        scores = zip(table["weighted_f1_interval"], table["weighted_f1"], strict=True)
        distances = [(score - low, high - score) for (low, high), score in scores]
        figure.add_scatter(
            x=table["weighted_f1"],
            y=table["slice"],
            mode="markers",
            orientation="h",
            marker={"size": 10, "color": color},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [above for _below, above in distances],
                "arrayminus": [below for below, _above in distances],
                "thickness": 2,
            },
            name=name,
            hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        )
    slices = max((len(table) for table in tables.values()), default=1)
    return figure.update_layout(
        height=120 + _ROW * slices * max(1, len(tables) - 1),
        margin=MARGIN,
        xaxis={"title": _("Weighted F1")},
        yaxis={"autorange": "reversed", "automargin": True},
        scattermode="group",
        legend={"orientation": "h", "y": 1.15, "x": 0},
    )
