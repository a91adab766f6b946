"""A product from *Classify a product* on the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from rakuten_core.inference import shared_similar
from rakuten_core.language import N_, _, language
from rakuten_core.presentation.markdown import escape_markdown
from rakuten_core.reports.product_map import place

VIEWS = {"text": N_("By text"), "photo": N_("By photo"), "both": N_("By both")}
_NEIGHBOURS = 10


@dataclass(frozen=True)
class Placed:
    """A product by its vectors; None where it lacks what they are of."""

    title: str
    text: np.ndarray | None
    photo: np.ndarray | None


def map_button(placed: Callable[[], Placed]) -> None:
    """Show the button that opens the map with a product.

    Args:
        placed: returns the product; called when it is asked for, as a photo takes a while.
    """
    if st.button(_("Show on the map"), icon=":material/scatter_plot:", type="tertiary"):
        product = placed()
        st.session_state.placed = product
        compared = "text" if product.text is not None else "photo"
        # The address holds what the picker shows. Without parameters of its own, Streamlit wants to
        # clear those of this page's widgets.
        st.switch_page(
            "data/map/page.py", query_params={"lang": language(), "map-view": _(VIEWS[compared])}
        )


def _take_off() -> None:
    del st.session_state.placed


def placed_on(table: pd.DataFrame, view: str) -> tuple[float, float] | None:
    """Return where the product that was brought here belongs, saying where it cannot be shown."""
    placed: Placed | None = st.session_state.get("placed")
    if placed is None:
        return None
    text = placed.text if view != "photo" else None
    photo = placed.photo if view != "text" else None
    wanted = {"text": (text,), "photo": (photo,), "both": (text, photo)}[view]
    with st.container(horizontal=True, vertical_alignment="center"):
        if any(vector is None for vector in wanted):
            st.caption(_("Your product lacks what this map compares."))
            return None
        title = escape_markdown(placed.title or _("No title"))
        st.caption(_("★ {title}").format(title=title))
        st.button(_("Take it off"), icon=":material/close:", type="tertiary", on_click=_take_off)
    found = shared_similar().nearest(text, photo, _NEIGHBOURS)
    return place(table, [each.productid for each in found])
