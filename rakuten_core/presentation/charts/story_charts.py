"""Figures made for the story alone."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from rakuten_core.presentation.charts.look import ACCENT, MARGIN, MODALITY_COLORS, NEUTRAL, percent
from rakuten_core.text.preparation import StepResult


def steps_chart(steps: Sequence[StepResult]) -> go.Figure:
    """Return the preparation steps of one text as rows, from top to bottom."""
    figure = go.Figure()
    for position, step in enumerate(steps):
        shown = (
            str(list(step.indexes)).replace(",", ", ") if step.indexes is not None else step.text
        )
        for x, text, color in ((0.0, step.label, NEUTRAL), (0.36, shown, None)):
            figure.add_annotation(
                x=x,
                y=-position,
                text=text,
                font={"size": 17, "color": color} if color else {"size": 17},
                showarrow=False,
                xanchor="left",
            )
    figure.update_xaxes(range=[0, 1], visible=False, fixedrange=True)
    figure.update_yaxes(range=[0.6 - len(steps), 0.6], visible=False, fixedrange=True)
    figure.update_layout(height=44 * len(steps), margin=MARGIN)
    return figure


def published_chart(table: pd.DataFrame) -> go.Figure:
    """Return each model's measured weighted F1 as a dot beside the study's published one.

    Args:
        table: of `model_table.model_table`; models without a measured score are left out.
    """
    table = table.dropna(subset=["weighted_f1"]).sort_values("weighted_f1")
    figure = go.Figure()
    known = table[table["published_measure"] == "weighted F1"]
    figure.add_scatter(
        x=known["published"],
        y=known["model"],
        mode="markers",
        name="published",
        marker={"symbol": "line-ns-open", "size": 16, "color": NEUTRAL, "line": {"width": 3}},
        hovertemplate="<b>%{y}</b><br>published %{x:.3f}<extra></extra>",
    )
    for modality, rows in table.groupby("reads"):
        figure.add_scatter(
            x=rows["weighted_f1"],
            y=rows["model"],
            mode="markers",
            name=f"measured, {modality}",
            marker={"size": 11, "color": MODALITY_COLORS[modality]},
            error_x={
                "array": rows["high"] - rows["weighted_f1"],
                "arrayminus": rows["weighted_f1"] - rows["low"],
                "thickness": 1.5,
                "width": 0,
            },
            hovertemplate="<b>%{y}</b><br>weighted F1 %{x:.3f}<extra></extra>",
        )
    figure.update_xaxes(title="Weighted F1", range=[0, 1], fixedrange=True)
    figure.update_yaxes(
        categoryorder="array", categoryarray=list(table["model"]), fixedrange=True, title=None
    )
    figure.update_layout(
        height=22 * len(table) + 110,
        margin=MARGIN,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure


def confusions_chart(labels: Sequence[str], shares: Sequence[float]) -> go.Figure:
    """Return the strongest confusions as bars, the strongest on top."""
    figure = go.Figure(
        go.Bar(
            x=[100 * share for share in shares],
            y=list(labels),
            orientation="h",
            marker_color=ACCENT,
            text=[percent(share, 0) for share in shares],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="<b>%{y}</b><br>%{x:.1f} % of the true type<extra></extra>",
        )
    )
    figure.update_xaxes(title="Share of the true type, %", fixedrange=True)
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_layout(height=42 * len(shares) + 70, margin=MARGIN | {"r": 48}, bargap=0.35)
    return figure


def contribution_chart(table: pd.DataFrame, labels: Sequence[str]) -> go.Figure:
    """Return F1 per type of a text, an image and a fusion model, the hardest type on top.

    Args:
        table: three columns of F1 (text, image, fusion) by row.
        labels: of the rows.
    """
    figure = go.Figure()
    for (name, values), modality in zip(table.items(), ("text", "image", "fusion"), strict=True):
        figure.add_scatter(
            x=values,
            y=list(labels),
            mode="markers",
            name=f"{modality}: {name}",
            marker={
                "size": 12,
                "color": MODALITY_COLORS[modality],
                "symbol": {"text": "circle", "image": "diamond", "fusion": "star"}[modality],
            },
            hovertemplate=f"<b>%{{y}}</b><br>{name}: F1 %{{x:.2f}}<extra></extra>",
        )
    figure.update_xaxes(title="F1", range=[0, 1.02], fixedrange=True)
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_layout(
        height=24 * len(table) + 110,
        margin=MARGIN,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure
