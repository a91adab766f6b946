"""Figures of what the data is like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rakuten_core.language import _, language_name, number, percent, percent_sign
from rakuten_core.presentation.charts.look import ACCENT, MARGIN, NEUTRAL, new_figure, readable_on
from rakuten_core.taxonomy import PRODUCT_TYPES, Domain, label_of, product_type, types_by_domain

_LANGUAGE_COLORS = ("#0072B2", "#E69F00", "#8A8F98")


def _domain_colors(codes: Sequence[int]) -> list[str]:
    return [product_type(code).domain.color if code else NEUTRAL for code in codes]


def target_chart(table: pd.DataFrame, share: bool = False, logarithmic: bool = False) -> go.Figure:
    """Return the products of each type as bars in their domain's colour, first row on top.

    Args:
        table: of `type_counts.target`, in the order to show.
        share: show percent instead of counts.
        logarithmic: a logarithmic axis.
    """
    values = 100 * table["share"] if share else table["products"]
    text = [percent(value / 100) if share else number(value) for value in values]
    figure = new_figure(
        go.Bar(
            x=values,
            y=[label_of(code) for code in table.index],
            orientation="h",
            marker_color=_domain_colors(table.index),
            text=text,
            textposition="outside",
            cliponaxis=False,
            customdata=[
                (
                    product_type(code).domain.label,
                    _("{count} products").format(count=number(products)),
                    percent(part, 2),
                )
                for code, products, part in table[["products", "share"]].itertuples()
            ],
            hovertemplate=(
                "<b>%{y}</b><br>%{customdata[0]}<br>%{customdata[1]}, %{customdata[2]}"
                "<extra></extra>"
            ),
        )
    )
    figure.update_xaxes(
        title=_("Share of the products, %") if share else _("Products"),
        type="log" if logarithmic else "linear",
        fixedrange=True,
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_layout(height=24 * len(table) + 70, margin=MARGIN | {"r": 56}, bargap=0.25)
    return figure


def treemap_chart(table: pd.DataFrame) -> go.Figure:
    """Return domains and their types as nested areas in proportion to their products."""
    labels, parents, values, colors, ids = [], [], [], [], []
    for domain in Domain:
        codes = [each.code for each in types_by_domain() if each.domain is domain]
        ids.append(domain.label)
        labels.append(domain.label)
        parents.append("")
        values.append(int(table.loc[codes, "products"].sum()))
        colors.append(domain.color)

    for each in PRODUCT_TYPES:
        ids.append(str(each.code))
        # One word a line: a label that does not fit is drawn smaller.
        labels.append("<br>".join([*each.label.split(), str(each.code)]))
        parents.append(each.domain.label)
        values.append(int(table.loc[each.code, "products"]))
        colors.append(each.domain.color)

    figure = new_figure(
        go.Treemap(
            ids=ids,
            labels=labels,
            parents=parents,
            values=values,
            branchvalues="total",
            # A narrow header and no padding leave the small types the room that their names need.
            marker={
                "colors": colors,
                "line": {"width": 1},
                "pad": {"t": 20, "l": 1, "r": 1, "b": 1},
            },
            tiling={"squarifyratio": 1, "pad": 1},
            textfont={"color": [readable_on(color) for color in colors], "size": 12},
            pathbar={"visible": False},
            hovertemplate=(
                "<b>%{label}</b><br>"
                + _("{count} products").format(count="%{value:,}")
                + "<br>"
                + _("{share} of all").format(share="%{percentRoot:.1%}")
                + "<extra></extra>"
            ),
        )
    )
    figure.update_layout(height=640, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    return figure


def length_histogram(table: pd.DataFrame, quantiles: pd.Series, label: str) -> go.Figure:
    """Return how many products have each length, up to the 99th percentile.

    Args:
        table: of `text_statistics.lengths`.
        quantiles: the row over all types of `text_statistics.length_quantiles`.
        label: of the axis of lengths.
    """
    counts = table.groupby("value")["products"].sum()
    values = counts.index.to_numpy()
    reached = counts.cumsum() / counts.sum()
    last = max(1, int(values[np.searchsorted(reached, 0.99)]))
    width = max(1, round(last / 50))
    edges = np.arange(0, last + 2 * width, width)
    binned = np.histogram(values, edges, weights=counts)[0]
    figure = new_figure(
        go.Bar(
            x=edges[:-1] + (width - 1) / 2,
            y=binned,
            width=width,
            marker={"color": "#0072B2", "line": {"width": 0}},
            customdata=np.column_stack([edges[:-1], edges[1:] - 1]),
            hovertemplate=(
                f"{label}: "
                + _("{low} to {high}").format(low="%{customdata[0]}", high="%{customdata[1]}")
                + "<br>"
                + _("{count} products").format(count="%{y:,}")
                + "<extra></extra>"
            ),
        )
    )
    for name, words, side in (("median", _("median"), "right"), ("q95", _("95% below"), "left")):
        figure.add_vline(x=quantiles[name], line={"color": ACCENT, "dash": "dot", "width": 2})
        figure.add_annotation(
            x=quantiles[name],
            y=1,
            yref="paper",
            yanchor="bottom",
            text=f"{words}: {number(quantiles[name])}",
            showarrow=False,
            xanchor=side,
        )
    figure.update_xaxes(title=label, fixedrange=True, rangemode="tozero")
    figure.update_yaxes(title=_("Products"), fixedrange=True)
    figure.update_layout(height=300, margin=MARGIN | {"t": 28}, bargap=0)
    return figure


def box_chart(table: pd.DataFrame, label: str, logarithmic: bool = False) -> go.Figure:
    """Return one box per product type: quartiles, and whiskers from 5 % to 95 %.

    Args:
        table: quantiles by code, in the order to show, with `q05`, `q25`, `median`, `q75`, `q95`.
        label: of the axis, with its unit.
        logarithmic: a logarithmic axis.
    """
    figure = new_figure()
    # One trace per domain draws several times faster than one per type.
    for domain in Domain:
        rows = table[[product_type(code).domain is domain for code in table.index]]
        if rows.empty:
            continue
        figure.add_box(
            y=[label_of(code) for code in rows.index],
            orientation="h",
            q1=rows["q25"],
            median=rows["median"],
            q3=rows["q75"],
            lowerfence=rows["q05"],
            upperfence=rows["q95"],
            marker_color=domain.color,
            name=domain.label,
            showlegend=False,
            hoverinfo="x",
        )
    figure.update_xaxes(
        title=label, type="log" if logarithmic else "linear", fixedrange=True, hoverformat=",.3~g"
    )
    labels = [label_of(code) for code in table.index]
    figure.update_yaxes(
        autorange="reversed", fixedrange=True, categoryorder="array", categoryarray=labels
    )
    figure.update_layout(height=22 * len(table) + 80, margin=MARGIN, boxgap=0.25, boxmode="overlay")
    return figure


def share_chart(values: pd.Series, label: str) -> go.Figure:
    """Return one share per product type as bars, the largest on top.

    Args:
        values: shares from 0 to 1 by code.
        label: of the axis.
    """
    values = values.sort_values(ascending=False)
    figure = new_figure(
        go.Bar(
            x=100 * values,
            y=[label_of(code) for code in values.index],
            orientation="h",
            marker_color=_domain_colors(values.index),
            text=[percent(value, 0) for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"<b>%{{y}}</b><br>%{{x:.1f}}{percent_sign()}<extra></extra>",
        )
    )
    figure.update_xaxes(title=f"{label}, %", range=[0, 108], fixedrange=True)
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_layout(height=22 * len(values) + 70, margin=MARGIN | {"r": 40}, bargap=0.25)
    return figure


def languages_chart(table: pd.DataFrame) -> go.Figure:
    """Return the share of French, English and other languages per product type.

    Args:
        table: of `text_statistics.languages`.

    """
    known = [code for code in ("fr", "en") if code in table]
    parts = {language_name(code).capitalize(): table[code] for code in known}
    parts[_("Other or none")] = table.drop(columns=known).sum(axis=1)
    totals = table.sum(axis=1).replace(0, np.nan)
    order = (table.get("fr", totals * 0) / totals).sort_values().index
    figure = new_figure()
    for (name, values), color in zip(parts.items(), _LANGUAGE_COLORS[-len(parts) :], strict=True):
        figure.add_bar(
            x=(100 * values / totals)[order],
            y=[label_of(code) for code in order],
            orientation="h",
            name=name,
            marker_color=color,
            customdata=values[order],
            hovertemplate=(
                f"<b>%{{y}}</b><br>{name}: %{{x:.1f}}{percent_sign()}, "
                + _("{count} products").format(count="%{customdata:,}")
                + "<extra></extra>"
            ),
        )
    figure.update_xaxes(title=_("Share of the products, %"), range=[0, 100], fixedrange=True)
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_layout(
        barmode="stack",
        height=22 * len(order) + 100,
        margin=MARGIN,
        bargap=0.25,
        legend={"orientation": "h", "y": 1.04, "yanchor": "bottom"},
    )
    return figure


def words_chart(values: pd.Series, label: str, color: str = "#0072B2") -> go.Figure:
    """Return words with a value each as bars, in the order given, first on top."""
    figure = new_figure(
        go.Bar(
            x=values.to_numpy(),
            y=list(values.index),
            orientation="h",
            marker_color=color,
            hovertemplate="<b>%{y}</b><br>%{x:,.5~g}<extra></extra>",
        )
    )
    figure.update_xaxes(title=label, fixedrange=True)
    figure.update_yaxes(autorange="reversed", type="category", fixedrange=True)
    figure.update_layout(height=20 * len(values) + 60, margin=MARGIN, bargap=0.25)
    return figure


def variance_chart(variance: np.ndarray, crop: float, dark: bool = False) -> go.Figure:
    """Return where photos differ from each other, with the frame that a crop keeps.

    Args:
        variance: (side, side), levels squared.
        crop: fraction cut from width and height.
        dark: whether the page is dark.
    """
    side = len(variance)
    margin = side * crop / 2
    figure = new_figure(
        go.Heatmap(
            z=np.sqrt(variance),
            colorscale="Cividis",
            colorbar={"title": _("Levels"), "thickness": 10},
            hovertemplate=_("standard deviation: {levels} levels").format(levels="%{z:.0f}")
            + "<extra></extra>",
        )
    )
    figure.add_shape(
        type="rect",
        x0=margin - 0.5,
        y0=margin - 0.5,
        x1=side - margin - 0.5,
        y1=side - margin - 0.5,
        line={"color": "#FF6B6B" if dark else ACCENT, "width": 3},
    )
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, autorange="reversed", scaleanchor="x", fixedrange=True)
    figure.update_layout(height=380, margin=MARGIN)
    return figure


def crop_chart(table: pd.DataFrame, chosen: float) -> go.Figure:
    """Return how much of the photos' area and variance each crop keeps.

    Args:
        table: of `photo_statistics.crop_curve`.
        chosen: the crop to mark, from 0 to 1.
    """
    shares = (100 * table["crop"]).tolist()
    figure = new_figure()
    for name, values, color, dash in (
        (_("Variance"), (100 * table["variance"]).tolist(), "#0072B2", "solid"),
        (_("Pixels"), (100 * table["pixels"]).tolist(), NEUTRAL, "dash"),
    ):
        figure.add_scatter(
            x=shares,
            y=values,
            mode="lines",
            line={"color": color, "dash": dash, "width": 3},
            name=name,
            hovertemplate=(
                _("Cut: {share}").format(share=f"%{{x:.0f}}{percent_sign()}")
                + f"<br>{name}: %{{y:.1f}}{percent_sign()}<extra></extra>"
            ),
        )
        figure.add_annotation(
            x=shares[len(shares) // 2],
            y=values[len(values) // 2],
            text=name,
            font_color=color,
            showarrow=False,
            xanchor="left" if dash == "solid" else "right",
            yanchor="bottom" if dash == "solid" else "top",
        )
    figure.add_vline(x=100 * chosen, line={"color": ACCENT, "dash": "dot"})
    figure.update_xaxes(title=_("Cut from width and height, %"), fixedrange=True)
    figure.update_yaxes(title=_("Kept, %"), range=[0, 102], fixedrange=True)
    figure.update_layout(height=380, margin=MARGIN, showlegend=False)
    return figure
