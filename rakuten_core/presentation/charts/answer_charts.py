"""Figures of one answer."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from rakuten_core.language import _, signed
from rakuten_core.presentation.charts.look import (
    MARGIN,
    MODALITY_COLORS,
    NEUTRAL,
    chance,
    new_figure,
)
from rakuten_core.taxonomy import ProductType


def ranking_chart(ranking: Sequence[tuple[ProductType, float]]) -> go.Figure:
    """Return the ranked types as horizontal bars, best on top, each labelled above its bar.

    A label above the bar leaves the whole width to the bars, on a phone too.

    Args:
        ranking: product types with their probabilities.
    """
    figure = new_figure()
    positions = list(range(len(ranking)))
    figure.add_bar(
        x=[probability for _type, probability in ranking],
        y=positions,
        orientation="h",
        width=0.42,
        marker_color=[each.domain.color for each, _probability in ranking],
        customdata=[
            (
                each.label,
                each.code,
                each.domain.label,
                chance(probability),
            )
            for each, probability in ranking
        ],
        hovertemplate=(
            "<b>%{customdata[0]}</b><br>%{customdata[1]}, %{customdata[2]}<br>"
            "%{customdata[3]}<extra></extra>"
        ),
    )
    for position, (each, probability) in enumerate(ranking):
        figure.add_annotation(
            x=0,
            y=position - 0.42,
            text=f"{each.label}  <b>{chance(probability)}</b>",
            showarrow=False,
            xanchor="left",
            xshift=-2,
            font_size=13,
        )
    figure.update_xaxes(range=[0, 1], visible=False, fixedrange=True)
    figure.update_yaxes(range=[len(ranking) - 0.5, -0.75], visible=False, fixedrange=True)
    figure.update_layout(
        height=52 * len(ranking) + 16,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=False,
        bargap=0,
    )
    return figure


def contributions_chart(
    text: float, image: float, start: float, first: str, second: str
) -> go.Figure:
    """Return what text and photo added to the decision between two types, in log-odds.

    Args:
        text: what the text added for the first type.
        image: what the photo added.
        start: what the first type starts with.
        first: the answer's label.
        second: the runner-up's label.
    """
    names = [_("Text"), _("Photo"), _("Before both")]
    values = [text, image, start]
    colors = [MODALITY_COLORS["text"], MODALITY_COLORS["image"], NEUTRAL]
    figure = new_figure(
        go.Bar(
            x=values,
            y=names,
            orientation="h",
            marker_color=colors,
            text=[signed(value, 1) for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="<b>%{y}</b> %{x:+.2f} (" + _("log-odds") + ")<extra></extra>",
        )
    )
    reach = 1.25 * max(1.0, *(abs(value) for value in values))
    figure.update_xaxes(
        title=f"← {second}<br>{first} →", range=[-reach, reach], zeroline=True, fixedrange=True
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_layout(height=200, margin=MARGIN, bargap=0.35)
    return figure
