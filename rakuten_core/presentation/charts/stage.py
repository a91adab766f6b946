"""Figures for the stage: large type, direct labels, one finding in colour and the rest grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image

from rakuten_core.language import _, decimal, number, percent, percent_sign, signed
from rakuten_core.presentation.charts.look import (
    ACCENT,
    MODALITY_COLORS,
    PALE,
    chance,
    new_figure,
)
from rakuten_core.taxonomy import CODES, ProductType, label_of

INK = "#22201F"
GREY = "#6F6963"
"""Text that is not the finding: still readable on white (WCAG 2.1's AA)."""
SIZE = (1160, 470)
"""Width and height of a figure on the stage, in pixels of a stage of 1280 x 720."""


def _staged(figure: go.Figure, **margin: int) -> go.Figure:
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


def _say(figure: go.Figure, text: str, x: float, y: float, **options: object) -> None:
    """Write beside a mark of the figure."""
    figure.add_annotation(**({"x": x, "y": y, "text": text, "showarrow": False} | options))


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
        _say(
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
    )
    return _staged(figure.update_layout(bargap=0.2), l=30)


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
    _say(
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
    return _staged(figure.update_layout(bargap=0.15), l=30)


def parts_figure(shares: Sequence[tuple[str, float]], told: int) -> go.Figure:
    """Return the parts of a whole as one bar, each with its name, one in colour.

    Args:
        shares: names and fractions, which add up to one; narrow parts are not named.
        told: which of them to tell of.
    """
    figure = new_figure()
    start = 0.0
    for position, (name, part) in enumerate(shares):
        color = ACCENT if position == told else (PALE if position % 2 else "#B9B4AE")
        figure.add_bar(x=[part], y=[0], base=start, orientation="h", marker_color=color, width=0.5)
        if part >= 0.03:
            inside = part > 0.2
            # Names of narrow parts stand above each other, or they would meet.
            above = 0.27 if position % 2 else 0.42
            _say(
                figure,
                f"<b>{percent(part, 0)}</b>{'<br>' if inside else ' '}{name}",
                start + part / 2 if inside else start + part,
                0 if inside else above,
                yanchor="middle" if inside else "bottom",
                xanchor="center" if inside else "right",
                font={
                    "size": 30 if inside else 18,
                    "color": "#FFFFFF" if position == told and inside else INK,
                },
            )
        start += part
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[-0.5, 0.6])
    return _staged(figure.update_layout(barmode="overlay"))


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
        _say(
            figure,
            label_of(int(code)),
            position,
            1.04,
            xanchor="left" if left else "right",
            yanchor="bottom",
            xshift=-12 if left else 12,
            font={"size": 20, "color": ACCENT},
        )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(title=axis, range=[-0.02, 1.14])
    return _staged(figure, l=30)


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
        _say(figure, f"<b>{name}</b>", position + 0.5, 1, yanchor="top", font={"size": 20})
    figure.update_xaxes(visible=False, range=[0, len(pictures)])
    figure.update_yaxes(visible=False, range=[0, 1])
    return _staged(figure)


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
        _say(
            figure, text, 1.35 * side, y * side, xanchor="left", font={"size": size, "color": color}
        )
    figure.update_xaxes(visible=False, range=[-0.5, 2.6 * side])
    figure.update_yaxes(visible=False, range=[side - 0.5, -0.5], scaleanchor="x")
    return _staged(figure)


def rows_figure(rows: Sequence[tuple[str, str]], told: Sequence[int]) -> go.Figure:
    """Return named texts as rows, from top to bottom, those of some steps in colour."""
    figure = new_figure(go.Scatter(x=[0], y=[0], mode="markers", opacity=0))
    for position, (name, text) in enumerate(rows):
        color = ACCENT if position in told else INK
        _say(figure, f"{position + 1}. {name}", 0, -position, xanchor="left", font_color=GREY)
        _say(figure, text, 0.36, -position, xanchor="left", font={"size": 20, "color": color})
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[0.6 - len(rows), 0.6])
    return _staged(figure)


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
        _say(
            figure, box.text, box.x, box.y, font={"size": 17, "color": "#FFFFFF" if white else INK}
        )
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
        _say(figure, f"<b>{text}</b>", 0, y, xanchor="left", font={"size": 20, "color": INK})
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[0, 1])
    return _staged(figure)


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
            type="line", x0=first, x1=second, y0=row, y1=row, line={"color": PALE, "width": 6}
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
            _say(
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
        _say(figure, name, values.iloc[0], -0.42, **place)
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
    return _staged(figure, r=60)


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
    return _staged(figure).update_layout(width=SIZE[1])


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
    figure = _staged(figure, t=44)
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
        _say(
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
    return _staged(figure)


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
    _say(
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
    return _staged(figure, l=30)


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
        _say(
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
    return _staged(figure.update_layout(barmode="overlay"))
