"""The probability below which a person looks: one limit on all pages."""

import streamlit as st

from rakuten_core.language import _, percent_format

DEFAULT = 60


def choose_limit() -> int:
    """Show the slider of the limit, bound to the address, and return it in percent."""
    return st.slider(
        _("Have it checked below a probability of"),
        min_value=0,
        max_value=100,
        value=DEFAULT,
        format=percent_format(),
        key="threshold",
        bind="query-params",
    )


def set_limit(limit: int) -> None:
    """Make this the limit of all pages; called before their widgets."""
    st.session_state.threshold = limit
