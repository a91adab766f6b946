"""Figures for the stage of what the catalogue is like: one finding in colour, the rest grey."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image

from rakuten_core.language import _, number, percent, percent_sign
from rakuten_core.presentation.charts.look import (
    ACCENT,
    PALE,
    new_figure,
)
from rakuten_core.presentation.charts.stage_look import INK, say, staged
from rakuten_core.taxonomy import product_type


def columns_figure(
    values: pd.Series, labels: Sequence[str], told: Sequence[int], axis: str, share: bool = False
) -> go.Figure:
    """Return values as upright bars, the largest left, the told ones in colour with their names.

    Args:
        values: by product type code.
        labels: what to write above each told bar.
        told: the codes of the bars to tell of.
        axis: what the values are, with their unit.
        share: whether the values are fractions, shown as percentages.
    """
    values = values.sort_values(ascending=False)
    shown = 100 * values if share else values
    figure = new_figure(
        go.Bar(
            x=list(range(len(values))),
            y=shown.to_numpy(),
            marker_color=[ACCENT if code in told else PALE for code in values.index],
        )
    )
    for code, label in zip(told, labels, strict=True):
        position = list(values.index).index(code)
        side = position < len(values) / 2
        say(
            figure,
            label,
            position,
            float(shown.iloc[position]),
            yanchor="bottom",
            xanchor="left" if side else "right",
            align="left" if side else "right",
            xshift=-14 if side else 14,
            yshift=4,
            font={"size": 20, "color": ACCENT},
        )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(
        title=axis,
        range=[0, 1.22 * float(shown.max())],
        tickvals=[0, 25, 50, 75, 100] if share else None,
        ticksuffix=percent_sign() if share else "",
        tickformat=None if share else ",d",
    )
    return staged(figure.update_layout(bargap=0.2), l=30)


def distribution_figure(table: pd.DataFrame, quantiles: pd.Series, axis: str) -> go.Figure:
    """Return how many products have each length, with the median told.

    Args:
        table: of `text_statistics.lengths`.
        quantiles: the row over all types of `text_statistics.length_quantiles`.
        axis: what is counted.
    """
    counts = table.groupby("value")["products"].sum()
    counts = counts[counts.index <= quantiles["q95"] * 1.4]
    median = round(float(quantiles["median"]))
    figure = new_figure(
        go.Bar(
            x=counts.index,
            y=counts.to_numpy(),
            marker_color=[ACCENT if value == median else PALE for value in counts.index],
        )
    )
    say(
        figure,
        _("half have {count} or fewer").format(count=number(median)),
        median,
        float(counts.get(median, counts.max())),
        yanchor="bottom",
        xanchor="left",
        yshift=4,
        font={"size": 22, "color": ACCENT},
    )
    figure.update_xaxes(title=axis)
    figure.update_yaxes(title=_("Products"), range=[0, 1.15 * float(counts.max())])
    return staged(figure.update_layout(bargap=0.15), l=30)


def parts_figure(shares: Sequence[tuple[str, float]], told: Sequence[int]) -> go.Figure:
    """Return the parts of a whole as one bar, each with its name, some in colour.

    Args:
        shares: names and fractions, which add up to one; narrow parts are not named.
        told: positions of those to tell of.
    """
    figure = new_figure()
    start = 0.0
    for position, (name, part) in enumerate(shares):
        color = ACCENT if position in told else PALE
        figure.add_bar(x=[part], y=[0], base=start, orientation="h", marker_color=color, width=0.5)
        figure.data[-1].marker.line = {"color": "#FFFFFF", "width": 2}
        if part >= 0.03:
            inside = part > 0.2
            # Names of narrow parts stand above each other, or they would meet.
            above = 0.27 if position % 2 else 0.42
            say(
                figure,
                f"<b>{percent(part, 0)}</b>{'<br>' if inside else ' '}{name}",
                start + part / 2 if inside else start + part,
                0 if inside else above,
                yanchor="middle" if inside else "bottom",
                xanchor="center" if inside else "right",
                font={
                    "size": 30 if inside else 18,
                    "color": INK if inside or position not in told else ACCENT,
                },
            )
        start += part
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[-0.5, 0.6])
    return staged(figure.update_layout(barmode="overlay"))


def boxes_figure(table: pd.DataFrame, told: Sequence[int], axis: str) -> go.Figure:
    """Return upright boxes per product type, the told ones in colour with their names.

    Args:
        table: quantiles by code, in the order to show.
        told: the codes of the boxes to tell of: the first and the last are named.
        axis: what is measured.
    """
    figure = new_figure()
    for position, (code, row) in enumerate(table.iterrows()):
        figure.add_box(
            x=[position],
            q1=[row["q25"]],
            median=[row["median"]],
            q3=[row["q75"]],
            lowerfence=[row["q05"]],
            upperfence=[row["q95"]],
            marker_color=ACCENT if code in told else "#A9A39D",
            width=0.6,
        )
    for code in told:
        position = list(table.index).index(code)
        left = position < len(table) / 2
        say(
            figure,
            product_type(int(code)).label,
            position,
            1.04,
            xanchor="left" if left else "right",
            yanchor="bottom",
            xshift=-12 if left else 12,
            font={"size": 20, "color": ACCENT},
        )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(title=axis, range=[-0.02, 1.14])
    return staged(figure, l=30)


def pictures_figure(pictures: Sequence[tuple[str, Image.Image]]) -> go.Figure:
    """Return pictures side by side, each below its name."""
    figure = new_figure(go.Scatter(x=[0, len(pictures)], y=[0, 1], mode="markers", opacity=0))
    for position, (name, picture) in enumerate(pictures):
        figure.add_layout_image(
            source=picture,
            x=position + 0.02,
            y=0.9,
            sizex=0.96,
            sizey=0.9,
            xref="x",
            yref="y",
            sizing="contain",
        )
        say(figure, f"<b>{name}</b>", position + 0.5, 1, yanchor="top", font={"size": 20})
    figure.update_xaxes(visible=False, range=[0, len(pictures)])
    figure.update_yaxes(visible=False, range=[0, 1])
    return staged(figure)


def mask_figure(variance: np.ndarray, crop: float, kept: float) -> go.Figure:
    """Return where photos differ, the frame that a crop keeps, and how much it keeps.

    Args:
        variance: (side, side), levels squared.
        crop: fraction cut from width and height.
        kept: fraction of the variance inside.
    """
    side = len(variance)
    margin = side * crop / 2
    figure = new_figure(
        go.Heatmap(
            z=np.sqrt(variance), colorscale=[[0, "#FFFFFF"], [1, "#4A4541"]], showscale=False
        )
    )
    low, high = margin - 0.5, side - margin - 0.5
    line = {"color": ACCENT, "width": 5}
    figure.add_shape(type="rect", x0=low, y0=low, x1=high, y1=high, line=line)
    for text, y, size, color in (
        (f"<b>{percent(kept, 0)}</b>", 0.26, 76, ACCENT),
        (_("of what differs between photos"), 0.46, 24, INK),
        (
            _("on {share} of the pixels").format(share=percent((1 - crop) ** 2, 0)),
            0.56,
            24,
            INK,
        ),
    ):
        say(
            figure, text, 1.35 * side, y * side, xanchor="left", font={"size": size, "color": color}
        )
    figure.update_xaxes(visible=False, range=[-0.5, 2.6 * side])
    figure.update_yaxes(visible=False, range=[side - 0.5, -0.5], scaleanchor="x")
    return staged(figure)
