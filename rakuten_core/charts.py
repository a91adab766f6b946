"""Plotly figures from tables and results; one look for all pages.

Text and background colours are left to the page's theme, so that every figure is right in light and
in dark; only domains have colours of their own.
"""

from collections.abc import Sequence

import plotly.graph_objects as go

from rakuten_core.service import RankedType


def percent(value: float, digits: int = 1) -> str:
    """Return a fraction as a percentage with a narrow no-break space: `82.7 %`."""
    return f"{100 * value:.{digits}f}\u202f%"


def chance(probability: float) -> str:
    """Return a model's probability as a percentage that never claims certainty: `> 99.9 %`."""
    if probability > 0.999:
        return "> 99.9\u202f%"
    return "< 0.1\u202f%" if probability < 0.001 else percent(probability)


def ranking_chart(ranking: Sequence[RankedType]) -> go.Figure:
    """Return the ranked types as horizontal bars, best on top, each labelled above its bar.

    A label above the bar leaves the whole width to the bars, on a phone too.
    """
    figure = go.Figure()
    positions = list(range(len(ranking)))
    figure.add_bar(
        x=[each.probability for each in ranking],
        y=positions,
        orientation="h",
        width=0.42,
        marker_color=[each.product_type.domain.color for each in ranking],
        customdata=[
            (
                each.product_type.french,
                each.product_type.english,
                each.product_type.code,
                each.product_type.domain.french,
                chance(each.probability),
            )
            for each in ranking
        ],
        hovertemplate=(
            "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>"
            "%{customdata[2]}, %{customdata[3]}<br>%{customdata[4]}<extra></extra>"
        ),
    )
    for position, each in zip(positions, ranking, strict=True):
        figure.add_annotation(
            x=0,
            y=position - 0.42,
            text=f"{each.product_type.french}  <b>{chance(each.probability)}</b>",
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
