"""Figures for the stage of what the models answered: one finding in colour, the rest grey."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image

from rakuten_core.language import _, decimal, percent, percent_sign, signed
from rakuten_core.presentation.charts.look import (
    ACCENT,
    MODALITY_COLORS,
    PALE,
    chance,
    new_figure,
)
from rakuten_core.presentation.charts.stage_look import GREY, SIZE, say, staged
from rakuten_core.taxonomy import CODES, ProductType, label_of


def before_after_figure(table: pd.DataFrame, before: str, after: str, axis: str) -> go.Figure:
    """Return two scores per row as a grey and a coloured dot with a line between them.

    Args:
        table: with `label`, `before` and `after`, the first row on top.
        before: what the grey dots are.
        after: what the coloured dots are.
        axis: what is measured.
    """
    figure = new_figure()
    rows = list(range(len(table)))
    for row, first, second in zip(rows, table["before"], table["after"], strict=True):
        figure.add_shape(
            type="line",
            x0=first,
            x1=second,
            y0=row,
            y1=row,
            line={"color": PALE, "width": 6},
            layer="below",
        )
    for values, color, name, side in (
        (table["before"], GREY, before, -1),
        (table["after"], ACCENT, after, 1),
    ):
        figure.add_scatter(
            x=values, y=rows, mode="markers", marker={"size": 24, "color": color}, cliponaxis=False
        )
        for row, value in zip(rows, values, strict=True):
            other = table["after" if side < 0 else "before"].iloc[row]
            right = value >= other if value != other else side > 0
            say(
                figure,
                f"<b>{decimal(value, 3)}</b>",
                value,
                row,
                xanchor="left" if right else "right",
                xshift=18 if right else -18,
                font={"size": 22, "color": color},
            )
        anchor = "right" if side < 0 else "left"
        place = {"xanchor": anchor, "font": {"size": 18, "color": color}}
        say(figure, name, values.iloc[0], -0.42, **place)
    low = float(min(table["before"].min(), table["after"].min()))
    high = float(max(table["before"].max(), table["after"].max()))
    figure.update_xaxes(title=axis, range=[low - 0.12, high + 0.12])
    figure.update_yaxes(
        tickvals=rows,
        ticktext=[f"<b>{label}</b>" for label in table["label"]],
        tickfont_size=22,
        range=[len(table) - 0.5, -0.75],
        showgrid=False,
    )
    return staged(figure, r=60)


def matrix_figure(
    matrix: np.ndarray, order: Sequence[int], told: Sequence[tuple[int, int]]
) -> go.Figure:
    """Return a confusion matrix in grey, the told cells framed and numbered.

    Args:
        matrix: (27, 27), shares of the true type, in the order of `taxonomy.CODES`.
        order: the codes in the order to show.
        told: pairs of the true code and the answered one.
    """
    positions = [CODES.index(code) for code in order]
    figure = new_figure(
        go.Heatmap(
            z=np.sqrt(matrix[np.ix_(positions, positions)]),
            colorscale=[[0, "#FFFFFF"], [1, "#4A4541"]],
            showscale=False,
        )
    )
    for true, answered in told:
        row, column = list(order).index(true), list(order).index(answered)
        figure.add_shape(
            type="rect",
            x0=column - 0.5,
            x1=column + 0.5,
            y0=row - 0.5,
            y1=row + 0.5,
            line={"color": ACCENT, "width": 4},
        )
    figure.update_xaxes(visible=False, range=[-0.5, len(order) - 0.5], constrain="domain")
    figure.update_yaxes(
        visible=False, range=[len(order) - 0.5, -0.5], scaleanchor="x", constrain="domain"
    )
    return staged(figure).update_layout(width=SIZE[1])


def modalities_figure(table: pd.DataFrame) -> go.Figure:
    """Return F1 per product type for text, photo and both, both in colour.

    Args:
        table: by code, with `text`, `image` and `fusion`, first on top.
    """
    figure = new_figure()
    rows = list(range(len(table)))
    for row, (_code, scores) in zip(rows, table.iterrows(), strict=True):
        figure.add_shape(
            type="line",
            x0=scores.min(),
            x1=scores.max(),
            y0=row,
            y1=row,
            line={"color": PALE, "width": 5},
            layer="below",
        )
    for modality, name, size in (
        ("text", _("text alone"), 16),
        ("image", _("photo alone"), 16),
        ("fusion", _("both"), 22),
    ):
        color = ACCENT if modality == "fusion" else MODALITY_COLORS[modality]
        figure.add_scatter(
            x=table[modality],
            y=rows,
            mode="markers",
            marker={"size": size, "color": color},
            name=name,
        )
    figure.update_xaxes(title="F1", range=[0, 1.02])
    figure.update_yaxes(
        tickvals=rows,
        ticktext=[label_of(int(code)) for code in table.index],
        range=[len(table) - 0.5, -0.6],
        showgrid=False,
    )
    figure = staged(figure, t=44)
    return figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 18}},
    )


def gains_figure(table: pd.DataFrame, axis: str) -> go.Figure:
    """Return gains with their intervals, those above zero in colour, each with its number.

    Args:
        table: with `label`, `gain`, `low` and `high`, the first row on top.
        axis: what is gained.
    """
    rows = list(range(len(table)))
    colors = [ACCENT if low > 0 else GREY for low in table["low"]]
    figure = new_figure(
        go.Scatter(
            x=table["gain"],
            y=rows,
            mode="markers",
            marker={"size": 18, "color": colors},
            error_x={
                "array": table["high"] - table["gain"],
                "arrayminus": table["gain"] - table["low"],
                "thickness": 3,
                "width": 0,
                "color": "#A9A39D",
            },
        )
    )
    reach = float(table["high"].max())
    for row, gain, color in zip(rows, table["gain"], colors, strict=True):
        say(
            figure,
            f"<b>{signed(gain, 3)}</b>",
            reach * 1.08,
            row,
            xanchor="left",
            font={"size": 20, "color": color},
        )
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    figure.update_xaxes(title=axis, range=[min(0.0, float(table["low"].min())) - 0.02, reach * 1.3])
    figure.update_yaxes(
        tickvals=rows, ticktext=list(table["label"]), range=[len(table) - 0.5, -0.5], showgrid=False
    )
    return staged(figure)


def automation_figure(curve: pd.DataFrame, precision: float, told: float) -> go.Figure:
    """Return how much is sorted automatically against how often that is right.

    Args:
        curve: of `automation.automation_curve`.
        precision: the precision to tell of.
        told: the share of the products that is reached there.
    """
    figure = new_figure(
        go.Scatter(
            x=100 * curve["share"],
            y=100 * curve["precision"],
            mode="lines",
            line={"color": "#A9A39D", "width": 5},
        )
    )
    figure.add_scatter(
        x=[100 * told], y=[100 * precision], mode="markers", marker={"size": 24, "color": ACCENT}
    )
    figure.add_shape(
        type="line",
        x0=100 * told,
        x1=100 * told,
        y0=0,
        y1=100 * precision,
        line={"color": ACCENT, "width": 2, "dash": "dot"},
    )
    say(
        figure,
        _("<b>{share}</b> sorted by themselves,<br>right {precision} of the time").format(
            share=percent(told, 0), precision=percent(precision, 0)
        ),
        100 * told,
        100 * precision,
        xanchor="right",
        yanchor="top",
        xshift=-24,
        yshift=-8,
        align="right",
        font={"size": 24, "color": ACCENT},
    )
    sign = percent_sign()
    lowest = 100 * float(curve["precision"].min())
    figure.update_xaxes(title=_("Share of the products sorted automatically"), ticksuffix=sign)
    figure.update_yaxes(title=_("Right answers among them"), ticksuffix=sign)
    figure.update_yaxes(range=[max(0.0, lowest - 3), 101])
    return staged(figure, l=30)


def answer_figure(
    picture: Image.Image | None, ranking: Sequence[tuple[ProductType, float]]
) -> go.Figure:
    """Return a product's photo beside its most likely types, the best in colour.

    Args:
        picture: the photo; None leaves its place empty.
        ranking: product types with their probabilities, best first.
    """
    figure = new_figure()
    for position, (kind, probability) in enumerate(ranking):
        color = ACCENT if position == 0 else PALE
        figure.add_bar(
            x=[0.55 * max(probability, 0.002)],
            y=[position],
            base=0.42,
            orientation="h",
            width=0.36,
            marker_color=color,
        )
        say(
            figure,
            f"{kind.label}  <b>{chance(probability)}</b>",
            0.42,
            position - 0.24,
            xanchor="left",
            yanchor="bottom",
            font={"size": 26 if position == 0 else 18, "color": ACCENT if position == 0 else GREY},
        )
    if picture is not None:
        figure.add_layout_image(
            source=picture, x=0, y=1, sizex=0.36, sizey=1, xref="paper", yref="paper"
        )
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[len(ranking) - 0.6, -0.8])
    return staged(figure.update_layout(barmode="overlay"))
