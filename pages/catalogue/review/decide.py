"""The buttons and keys that decide on a product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.catalogue.review.attempt import attempt
from pages.catalogue.review.origin import Origin
from rakuten_core.language import _
from rakuten_core.presentation.charts import chance
from rakuten_core.taxonomy import CODES, label_of, product_type


def _decide_other(origin: Origin, item: int, reviewer: str) -> None:
    """Decide for the type chosen in the search field."""
    code = st.session_state.get(f"other-{item}")
    if code is not None:
        attempt(origin.queue.decide, item, reviewer, code)


def show_ranking(origin: Origin, item: Mapping[str, Any], reviewer: str) -> None:
    """Show the ranking as buttons, and a search field for all other types."""
    for place, (code, probability) in enumerate(
        zip(item["codes"], item["probabilities"], strict=True), 1
    ):
        st.button(
            f"{label_of(code)}  ·  {chance(probability)}",
            key=f"rank-{item['id']}-{place}",
            shortcut=str(place),
            width="stretch",
            help=product_type(code).domain.label,
            on_click=attempt,
            args=(origin.queue.decide, item["id"], reviewer, code),
        )
    st.selectbox(
        _("Another type"),
        CODES,
        index=None,
        format_func=label_of,
        placeholder=_("Search all 27"),
        key=f"other-{item['id']}",
        on_change=_decide_other,
        args=(origin, item["id"], reviewer),
    )


def show_keys(origin: Origin, item: Mapping[str, Any] | None, reviewer: str) -> None:
    """Show accept, skip and undo; only undo where nothing is left to look at."""
    with st.container(horizontal=True):
        if item is not None:
            st.button(
                _("Accept"),
                key=f"accept-{item['id']}",
                shortcut="a",
                type="primary",
                icon=":material/check:",
                disabled=item["answered"] is None,
                on_click=attempt,
                args=(origin.queue.decide, item["id"], reviewer, item["answered"]),
            )
            st.button(
                _("Skip"),
                key=f"skip-{item['id']}",
                shortcut="s",
                icon=":material/skip_next:",
                on_click=attempt,
                args=(origin.queue.skip, item["id"], reviewer),
            )
        st.button(
            _("Undo"),
            key="undo",
            shortcut="u",
            icon=":material/undo:",
            on_click=attempt,
            args=(origin.queue.undo, reviewer),
        )
