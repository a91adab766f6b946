"""Figures of where a model errs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rakuten_core.language import _, number, percent_sign
from rakuten_core.presentation.charts.look import MARGIN, MODALITY_COLORS, new_figure
from rakuten_core.taxonomy import CODES, product_type

# One hue from the page's background: light is few and dark is many (the other way round at night).
_HEAT = {
    False: [[0, "#FFFFFF"], [0.15, "#F6CFCF"], [1, "#BF0000"]],
    True: [[0, "#161413"], [0.15, "#4A1A1A"], [1, "#FF6B6B"]],
}


def confusion_chart(
    matrix: np.ndarray, order: Sequence[int], by: str, dark: bool = False
) -> go.Figure:
    """Return a confusion matrix, true types in rows, each label in its domain's colour.

    Args:
        matrix: (27, 27) in the order of `taxonomy.CODES`.
        order: the codes in the order to show.
        by: `row`, `column` or `count`: what the numbers are.
        dark: whether the page is dark: the cells' colours start from its background.
    """
    positions = [CODES.index(code) for code in order]
    shown = matrix[np.ix_(positions, positions)]
    labels = [str(code) for code in order]
    as_share = by != "count"
    text = [[_cell_text(value, as_share) for value in row] for row in shown]
    names = [product_type(code).label for code in order]
    hover = _("<b>{true}</b> taken for <b>{answered}</b>")
    figure = new_figure(
        go.Heatmap(
            z=100 * shown if as_share else shown,
            x=labels,
            y=labels,
            text=text,
            texttemplate="%{text}",
            textfont_size=9,
            colorscale=_HEAT[dark],
            showscale=False,
            xgap=1,
            ygap=1,
            hoverinfo="skip",
        )
    )
    # Streamlit hears of clicks on points, not on cells of a heat map: an unseen point lies on each
    # that holds something. On all 729 they would slow the page down.
    pairs = [(int(row), int(column)) for row, column in np.argwhere(shown > 0)]
    figure.add_scatter(
        x=[labels[column] for _row, column in pairs],
        y=[labels[row] for row, _column in pairs],
        mode="markers",
        marker={"size": 18, "symbol": "square", "opacity": 0},
        showlegend=False,
        customdata=[
            (
                hover.format(true=names[row], answered=names[column]),
                (100 if as_share else 1) * shown[row, column],
            )
            for row, column in pairs
        ],
        hovertemplate=f"%{{customdata[0]}}<br>%{{customdata[1]:.1f}}{_unit(by)}<extra></extra>",
    )
    colored = [
        f'<span style="color:{product_type(code).domain.color}">■</span> {code}' for code in order
    ]
    axis = {"type": "category", "tickvals": labels, "ticktext": colored, "fixedrange": True}
    edge = len(order) - 0.5
    figure.update_yaxes(**axis, range=[edge, -0.5], title=_("True type"))
    figure.update_xaxes(**axis, range=[-0.5, edge], tickangle=-90, side="top", title=_("Answer"))
    figure.update_layout(height=760, margin=MARGIN, clickmode="event+select")
    return figure


def _unit(by: str) -> str:
    """Return what follows a number of the matrix where the mouse points at it."""
    return {
        "row": percent_sign() + " " + _("of the true type"),
        "column": percent_sign() + " " + _("of the answers"),
        "count": " " + _("products"),
    }[by]


def _cell_text(value: float, as_share: bool) -> str:
    """Return the number in a cell of the matrix; nothing where it would round to zero."""
    shown = 100 * value if as_share else value
    return "" if shown < 0.5 else number(shown)


def profile_chart(table: pd.DataFrame) -> go.Figure:
    """Return precision (hollow) and recall (filled) of one product type, a row per model."""
    figure = new_figure()
    for key, name, symbol in (
        ("precision", _("Precision"), "circle-open"),
        ("recall", _("Recall"), "circle"),
    ):
        figure.add_scatter(
            x=table[key],
            y=table.index,
            mode="markers",
            name=name,
            marker={
                "size": 11,
                "symbol": symbol,
                "color": [MODALITY_COLORS[modality] for modality in table["reads"]],
            },
            hovertemplate=f"%{{y}}<br>{name}: %{{x:.3f}}<extra></extra>",
        )
    figure.update_xaxes(range=[0, 1.02], title=_("Share"))
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_layout(
        height=24 * len(table) + 110, margin=MARGIN, legend={"orientation": "h", "y": 1.08}
    )
    return figure
