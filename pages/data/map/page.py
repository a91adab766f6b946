"""The map: all products in two dimensions, alike ones close to each other."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.data.map.picked import show_picked
from pages.data.map.placed import VIEWS, placed_on
from pages.shared.loaders import report, trained_names
from pages.shared.part import part
from pages.shared.pickers import choose_model
from rakuten_core.language import _, number
from rakuten_core.presentation.charts import map_chart
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.product_map import map_views, product_map
from rakuten_core.taxonomy import CODES, label_of

# Zoom, lasso and box need their buttons here.
_PLOT = {
    "displaylogo": False,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["toImage", "autoScale2d"],
}


def _ids(points: Sequence[Any]) -> list[int]:
    """Return the products of points that were drawn around."""
    data = [point.get("customdata") for point in points]
    return [int(each[0] if isinstance(each, list) else each) for each in data if each is not None]


@part
def _show_map() -> None:
    views = report(map_views)
    left, middle, right = st.columns([4, 4, 3])
    view = left.segmented_control(
        _("Alike"),
        views,
        format_func=lambda each: _(VIEWS[each]),
        default=views[0],
        required=True,
        key="map-view",
        bind="query-params",
    )
    types = middle.multiselect(
        _("Product types"), CODES, format_func=label_of, placeholder=_("Search"), key="map-types"
    )
    with right:
        model = choose_model(_("Model"), trained_names(), ANSWERING, "map-model")
    errors = st.toggle(_("Ring the test products that it gets wrong"), key="map-errors")
    table = report(product_map, view, model)
    placed = placed_on(table, view)
    selected = st.plotly_chart(
        map_chart(table, types, errors, placed),
        config=_PLOT,
        on_select="rerun",
        selection_mode=["lasso", "box"],
        key=f"map-{view}",
        alt=_("Products of one domain lie together, with borders where domains meet."),
    )
    st.caption(
        _(
            "{products} products. Draw around some to see what they are; scroll to zoom. Only "
            "closeness means something: axes, distances between groups and their sizes do not "
            "(t-SNE of the vectors of the models that answer)."
        ).format(products=number(len(table)))
    )
    show_picked(table, model, _ids(selected.selection.points if selected else []))


st.title(_("Map of the catalogue"))
st.markdown(
    _(
        "Each point is a product of the training data; products that the models find alike are "
        "neighbours. Where colours mix, products are hard to tell apart."
    )
)
_show_map()
