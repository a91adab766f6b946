"""Figures of one answer."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from rakuten_core.language import _, separators, signed
from rakuten_core.presentation.charts.look import (
    MARGIN,
    MODALITY_COLORS,
    NEUTRAL,
    chance,
)
from rakuten_core.taxonomy import ProductType


def ranking_chart(ranking: Sequence[tuple[ProductType, float]]) -> go.Figure:
    """Return the ranked types as horizontal bars, best on top, each labelled above its bar.

    A label above the bar leaves the whole width to the bars, on a phone too.

    Args:
        ranking: product types with their probabilities.
    """
    bars = {
        "type": "bar",
        "x": [probability for _type, probability in ranking],
        "y": list(range(len(ranking))),
        "orientation": "h",
        "width": 0.42,
        "marker": {"color": [each.domain.color for each, _probability in ranking]},
        "customdata": [
            (each.label, each.code, each.domain.label, chance(probability))
            for each, probability in ranking
        ],
        "hovertemplate": (
            "<b>%{customdata[0]}</b><br>%{customdata[1]}, %{customdata[2]}<br>"
            "%{customdata[3]}<extra></extra>"
        ),
    }
    labels = [
        {
            "x": 0,
            "y": position - 0.42,
            "text": f"{each.label}  <b>{chance(probability)}</b>",
            "showarrow": False,
            "xanchor": "left",
            "xshift": -2,
            "font": {"size": 13},
        }
        for position, (each, probability) in enumerate(ranking)
    ]
    hidden = {"visible": False, "fixedrange": True}
    # Made in one go: each later change would check and copy the whole figure again.
    return go.Figure(
        bars,
        {
            "annotations": labels,
            "xaxis": {"range": [0, 1], **hidden},
            "yaxis": {"range": [len(ranking) - 0.5, -0.75], **hidden},
            "height": 52 * len(ranking) + 16,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "showlegend": False,
            "bargap": 0,
            "separators": separators(),
        },
    )


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
    bars = {
        "type": "bar",
        "x": values,
        "y": names,
        "orientation": "h",
        "marker": {"color": colors},
        "text": [signed(value, 1) for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "<b>%{y}</b> %{x:+.2f} (" + _("log-odds") + ")<extra></extra>",
    }
    reach = 1.25 * max(1.0, *(abs(value) for value in values))
    return go.Figure(
        bars,
        {
            "xaxis": {
                "title": {"text": f"← {second}<br>{first} →"},
                "range": [-reach, reach],
                "zeroline": True,
                "fixedrange": True,
            },
            "yaxis": {"autorange": "reversed", "fixedrange": True},
            "height": 200,
            "margin": MARGIN,
            "bargap": 0.35,
            "separators": separators(),
        },
    )
