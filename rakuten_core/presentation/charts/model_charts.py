"""Figures that compare models."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rakuten_core.language import _, decimal
from rakuten_core.presentation.charts.look import (
    INK,
    MARGIN,
    MODALITY_COLORS,
    NEUTRAL,
    PALE,
    labelled,
    new_figure,
)
from rakuten_core.registry import label_of_model, modality_name
from rakuten_core.taxonomy import Domain, label_of

_SERIES = [domain.color for domain in Domain]
# A name needs room: the next one stands where the cost is twice as much.
_APART = 2.0
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def best_chart(table: pd.DataFrame) -> go.Figure:
    """Return weighted F1 of the study's best and of ours as bars, by what they read.

    Args:
        table: of `best_models.best_models`.
    """
    figure = new_figure()
    rows = list(range(len(table)))
    colors = [
        MODALITY_COLORS[row.reads] if row.whose == "own" else PALE for row in table.itertuples()
    ]
    figure.add_bar(
        x=table["weighted_f1"],
        y=rows,
        orientation="h",
        width=0.46,
        marker_color=colors,
        text=[f"<b>{decimal(value, 3)}</b>" for value in table["weighted_f1"]],
        # At the start of the bar, where no line of the study's figures crosses it.
        textposition="inside",
        insidetextanchor="start",
        textangle=0,
        textfont={
            "size": 14,
            "color": ["white" if each == MODALITY_COLORS["text"] else INK for each in colors],
        },
        customdata=table[["label", "interval"]],
        hovertemplate="<b>%{customdata[0]}</b><br>%{x:.3f} (%{customdata[1]})<extra></extra>",
    )
    # Above the bars: beside them, names would leave the bars no room on a phone.
    for row, label in zip(rows, table["label"], strict=True):
        place = {"xanchor": "left", "xshift": -2, "font": {"size": 13}}
        figure.add_annotation(x=0, y=row - 0.4, text=label, showarrow=False, **place)
    for row, value in zip(rows, table["study_published"], strict=True):
        line = {"color": NEUTRAL, "width": 2, "dash": "dot"}
        ends = {"y0": row - 0.28, "y1": row + 0.28}
        figure.add_shape(type="line", x0=value, x1=value, line=line, **ends)
    figure.update_xaxes(title=_("Weighted F1 (test)"), range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, range=[len(table) - 0.6, -0.7], fixedrange=True)
    figure.update_layout(height=56 * len(table) + 70, margin=MARGIN | {"r": 48})
    return figure


def quality_chart(table: pd.DataFrame, against: str, label: str) -> go.Figure:
    """Return weighted F1 with its interval against latency or size, one point per model.

    Args:
        table: of `model_table.model_table`, with the column `against`.
        against: `milliseconds` or `size_mb`, on a logarithmic axis.
        label: of that axis, with its unit.
    """
    figure = new_figure()
    table = table.dropna(subset=["weighted_f1", against]).sort_values(against)
    # Names of all would cover each other: those that are best for their cost have theirs.
    best = table[table["weighted_f1"] >= table["weighted_f1"].cummax()]
    named: list[int] = []
    for row in reversed(list(best.index)):
        if not named or best.at[named[-1], against] > _APART * best.at[row, against]:
            named.append(row)
    table = table.assign(shown=table["label"].where(table.index.isin(named), ""))
    middle = np.sqrt(table[against].min() * table[against].max())
    for modality, rows in table.groupby("reads"):
        figure.add_scatter(
            x=rows[against],
            y=rows["weighted_f1"],
            mode="markers+text",
            name=modality_name(modality),
            text=rows["shown"],
            customdata=rows["label"],
            # A long name would leave the figure on the right.
            textposition=np.where(rows[against] > middle, "top left", "top center"),
            textfont_size=11,
            marker={"size": 11, "color": MODALITY_COLORS[modality]},
            error_y={
                "array": rows["high"] - rows["weighted_f1"],
                "arrayminus": rows["weighted_f1"] - rows["low"],
                "thickness": 1,
                "width": 0,
            },
            hovertemplate=(
                "<b>%{customdata}</b><br>"
                + labelled(_("Weighted F1"), "%{y:.3f}<br>")
                + labelled(label, "%{x:,.1f}<extra></extra>")
            ),
        )
    ticks = [factor * 10**power for power in range(-2, 6) for factor in (1, 2, 5)]
    figure.update_xaxes(type="log", title=label, tickvals=ticks)
    figure.update_yaxes(title=_("Weighted F1 (test)"), range=[0, 1])
    figure.update_layout(height=460, margin=MARGIN, legend={"orientation": "h", "y": 1.1})
    return figure


def trade_chart(table: pd.DataFrame) -> go.Figure:
    """Return weighted F1 against milliseconds for each choice of a cascade's limits.

    Args:
        table: of `cascade_trade.cascade_trade`.
    """
    table = table.sort_values("milliseconds")
    names = [
        _("last stage alone")
        if pd.isna(value)
        else _("may lose {loss}").format(loss=decimal(value, 3))
        for value in table["tolerance"]
    ]
    figure = new_figure(
        go.Scatter(
            x=table["milliseconds"],
            y=table["weighted_f1"],
            mode="lines+markers",
            line={"color": MODALITY_COLORS["fusion"]},
            marker={"size": [16 if chosen else 8 for chosen in table["chosen"]]},
            text=names,
            hovertemplate=(
                "<b>%{text}</b><br>"
                + labelled(_("Weighted F1"), "%{y:.4f}")
                + "<br>%{x:.1f} ms<extra></extra>"
            ),
        )
    )
    for row, name in zip(table.itertuples(), names, strict=True):
        if row.chosen or pd.isna(row.tolerance):
            figure.add_annotation(
                x=row.milliseconds,
                y=row.weighted_f1,
                text=_("chosen") if row.chosen else name,
                showarrow=False,
                yshift=18,
            )
    figure.update_xaxes(title=_("Milliseconds per product (mean)"), rangemode="tozero")
    figure.update_yaxes(title=_("Weighted F1 (validation)"))
    figure.update_layout(height=380, margin=MARGIN)
    return figure


def f1_heat_chart(table: pd.DataFrame) -> go.Figure:
    """Return F1 per product type (rows) and model (columns) as a heat table with its numbers.

    Args:
        table: F1 from 0 to 1 by code; the rows' order is kept, first on top.
    """
    labels = [label_of(code) for code in table.index]
    figure = new_figure(
        go.Heatmap(
            z=table.to_numpy(),
            x=list(table.columns),
            y=labels,
            zmin=0,
            zmax=1,
            colorscale="Cividis",
            texttemplate="%{z:.2f}",
            textfont_size=10,
            colorbar={"title": "F1", "thickness": 10},
            hovertemplate="<b>%{y}</b><br>%{x}<br>F1 %{z:.3f}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_xaxes(side="top", tickangle=-40, fixedrange=True)
    figure.update_layout(height=26 * len(table) + 170, margin=MARGIN)
    return figure


def difference_chart(table: pd.DataFrame, first: str, second: str) -> go.Figure:
    """Return by how much the second model beats the first per type; pale where chance may do it.

    Args:
        table: of `model_comparison.compare_by_type`.
        first: the first model's name.
        second: the second model's name.
    """
    table = table[table["support"] > 0].sort_values("difference")
    significant = table["p_value"] < 0.05
    colors = [
        ("#0072B2" if difference > 0 else "#D55E00") if sure else "rgba(140,140,140,0.45)"
        for difference, sure in zip(table["difference"], significant, strict=True)
    ]
    figure = new_figure(
        go.Bar(
            x=table["difference"],
            y=[label_of(code) for code in table.index],
            orientation="h",
            marker_color=colors,
            customdata=table[["first", "second", "support", "p_value", "low", "high"]],
            hovertemplate=(
                f"<b>%{{y}}</b><br>{first}: %{{customdata[0]:.3f}}<br>"
                f"{second}: %{{customdata[1]:.3f}}<br>"
                + _("{count} products").format(count="%{customdata[2]}")
                + ", p = %{customdata[3]:.3f}<br>"
                + _("difference: {low} to {high} (95% interval)").format(
                    low="%{customdata[4]:+.3f}", high="%{customdata[5]:+.3f}"
                )
                + "<extra></extra>"
            ),
        )
    )
    figure.update_xaxes(
        title=_("F1 of {second} minus F1 of {first}").format(second=second, first=first),
        zeroline=True,
    )
    figure.update_yaxes(fixedrange=True)
    figure.update_layout(height=22 * len(table) + 80, margin=MARGIN)
    return figure


def training_chart(histories: Mapping[str, list[dict[str, float]]]) -> go.Figure:
    """Return the loss per epoch in training (dashed) and validation of several networks."""
    figure = new_figure()
    for position, (name, history) in enumerate(histories.items()):
        color = _SERIES[position % len(_SERIES)]
        epochs = list(range(1, len(history) + 1))
        for key, dash, word in (
            ("loss", "dot", _("train")),
            ("val_loss", "solid", _("validation")),
        ):
            values = [epoch.get(key) for epoch in history]
            if any(value is not None for value in values):
                figure.add_scatter(
                    x=epochs,
                    y=values,
                    name=f"{name}, {word}",
                    mode="lines+markers",
                    line={"color": color, "dash": dash},
                )
    figure.update_xaxes(title=_("Epoch"), dtick=1)
    figure.update_yaxes(title=_("Cross-entropy loss"), rangemode="tozero")
    figure.update_layout(height=400, margin=MARGIN)
    return figure


def _lines(names: Iterable[str], modalities: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return each model's line: the colour of what it reads, another dash for each model of it."""
    seen: Counter[str] = Counter()
    lines = {}
    for name in names:
        modality = modalities[name]
        dash = _DASHES[seen[modality] % len(_DASHES)]
        lines[name] = {"color": MODALITY_COLORS[modality], "dash": dash}
        seen[modality] += 1
    return lines


def density_chart(values: Mapping[str, np.ndarray], modalities: Mapping[str, str]) -> go.Figure:
    """Return densities of the probability that models gave to the truth.

    Args:
        values: per model the probabilities, (products,).
        modalities: per model what it reads, for its colour.
    """
    edges = np.linspace(0, 1, 41)
    figure = new_figure()
    lines = _lines(values, modalities)
    for name, probabilities in values.items():
        density = np.histogram(probabilities, edges, density=True)[0]
        figure.add_scatter(
            x=(edges[:-1] + edges[1:]) / 2,
            y=density,
            name=name,
            mode="lines",
            line=lines[name] | {"shape": "spline", "width": 2},
            fill="tozeroy",
            opacity=0.7,
            hovertemplate=(
                f"{name}<br>"
                + labelled(_("Probability"), "%{x:.2f}<br>")
                + labelled(_("Density"), "%{y:.2f}<extra></extra>")
            ),
        )
    figure.update_xaxes(title=_("Probability given to the true type"), range=[0, 1])
    figure.update_yaxes(title=_("Density"))
    figure.update_layout(height=360, margin=MARGIN, legend={"orientation": "h", "y": 1.12})
    return figure


def reliability_chart(
    tables: Mapping[str, pd.DataFrame], modalities: Mapping[str, str]
) -> go.Figure:
    """Return accuracy against confidence: on the diagonal a model is as sure as it should be."""
    figure = new_figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "color": "grey"}, showlegend=False
    )
    lines = _lines(tables, modalities)
    for name, table in tables.items():
        figure.add_scatter(
            x=table["confidence"],
            y=table["accuracy"],
            name=name,
            mode="lines+markers",
            marker={"size": 5 + 12 * np.sqrt(table["products"] / table["products"].max())},
            line=lines[name],
            customdata=table["products"],
            hovertemplate=(
                f"{name}<br>"
                + labelled(_("Confidence"), "%{x:.2f}<br>")
                + labelled(_("Accuracy"), "%{y:.2f}<br>")
                + _("{count} products").format(count="%{customdata:,}")
                + "<extra></extra>"
            ),
        )
    figure.update_xaxes(title=_("Confidence (probability of the answer)"), range=[0, 1.02])
    figure.update_yaxes(title=_("Accuracy"), range=[0, 1.02])
    figure.update_layout(height=360, margin=MARGIN, legend={"orientation": "h", "y": 1.12})
    return figure


def gain_chart(table: pd.DataFrame) -> go.Figure:
    """Return each step's gain with its 95 % interval, in the colour of what the models read.

    Args:
        table: of `what_helped.ablation`, first row on top.
    """
    labels = [textwrap.fill(change, 42).replace("\n", "<br>") for change in table["change"]]
    figure = new_figure(
        go.Scatter(
            x=table["gain"],
            y=labels,
            mode="markers",
            marker={
                "size": 12,
                "color": [MODALITY_COLORS[modality] for modality in table["reads"]],
            },
            error_x={
                "array": table["high"] - table["gain"],
                "arrayminus": table["gain"] - table["low"],
                "thickness": 2,
                "width": 0,
                "color": NEUTRAL,
            },
            customdata=[
                (label_of_model(before), label_of_model(after), rows)
                for before, after, rows in table[["before", "after", "rows"]].itertuples(
                    index=False
                )
            ],
            hovertemplate=(
                _("<b>{after}</b> against {before}").format(
                    after="%{customdata[1]}", before="%{customdata[0]}"
                )
                + "<br>"
                + labelled(_("Weighted F1"), "%{x:+.3f}<br>")
                + _("{count} test products").format(count="%{customdata[2]:,}")
                + "<extra></extra>"
            ),
        )
    )
    figure.add_vline(x=0, line={"color": NEUTRAL, "dash": "dot"})
    figure.update_xaxes(title=_("Gain in weighted F1"), tickformat="+.2f", fixedrange=True)
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_layout(height=52 * len(table) + 80, margin=MARGIN, showlegend=False)
    return figure
