"""The figure of all products on a map."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from rakuten_core.language import _
from rakuten_core.presentation.charts.look import MARGIN, NEUTRAL, new_figure
from rakuten_core.taxonomy import Domain, codes_of, product_type

# Types of one domain share its colour; signs tell them apart.
_SIGNS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "x")


def map_chart(
    table: pd.DataFrame,
    types: Sequence[int] = (),
    errors: bool = False,
    placed: tuple[float, float] | None = None,
    height: int = 640,
) -> go.Figure:
    """Return a map, each domain in its colour.

    Args:
        table: of `reports.product_map.product_map`.
        types: codes to stand out, each with a sign of its own; all the others turn grey.
        errors: whether to ring the test products that the model gets wrong.
        placed: where to put a star for another product.
        height: in pixels.
    """
    figure = new_figure()
    if types:
        others = table[~table["code"].isin(types)]
        _add(figure, others, _("Other types"), NEUTRAL, opacity=0.25)
        for place, code in enumerate(types):
            kind = product_type(code)
            sign = _SIGNS[place % len(_SIGNS)]
            _add(figure, table[table["code"] == code], kind.label, kind.domain.color, sign, 6)
    else:
        for domain in Domain:
            rows = table[table["code"].isin(codes_of(domain))]
            _add(figure, rows, domain.label, domain.color)
    if errors:
        _add(
            figure,
            table[table["wrong"]],
            _("Wrong answers"),
            "rgba(0,0,0,0)",
            size=8,
            opacity=1.0,
            outline={"width": 1.4, "color": NEUTRAL},
        )
    if placed is not None:
        _add_star(figure, placed)
    hidden = {"visible": False, "fixedrange": False}
    return figure.update_layout(
        height=height,
        margin=MARGIN,
        dragmode="lasso",
        xaxis=hidden,
        yaxis=hidden | {"scaleanchor": "x"},
        # Below: on a phone the buttons would lie on it.
        legend={
            "orientation": "h",
            "y": -0.02,
            "yanchor": "top",
            "x": 0,
            "itemsizing": "constant",
        },
        # What is zoomed stays so when a layer is switched on.
        uirevision="map",
    )


def _add(
    figure: go.Figure,
    rows: pd.DataFrame,
    name: str,
    color: str,
    sign: str = "circle",
    size: float = 4,
    opacity: float = 0.65,
    outline: dict[str, object] | None = None,
) -> None:
    figure.add_scattergl(
        x=rows["x"].to_numpy(),
        y=rows["y"].to_numpy(),
        customdata=rows["productid"].to_numpy(),
        # Of 27 types each name is sent once for each product: the code is enough.
        text=rows["code"].to_numpy(),
        mode="markers",
        name=name,
        marker={
            "color": color,
            "symbol": sign,
            "size": size,
            "opacity": opacity,
            "line": outline or {"width": 0},
        },
        hovertemplate=_("{name}, code {code}, product {product}").format(
            name=name, code="%{text}", product="%{customdata}"
        )
        + "<extra></extra>",
    )


def _add_star(figure: go.Figure, placed: tuple[float, float]) -> None:
    figure.add_scattergl(
        x=[placed[0]],
        y=[placed[1]],
        mode="markers",
        name=_("Your product"),
        marker={"symbol": "star", "size": 22, "color": "#FFD60A", "line": {"width": 1.5}},
        # Drawing around others does not make it pale.
        unselected={"marker": {"opacity": 1}},
        hovertemplate=_("Your product") + "<extra></extra>",
    )
