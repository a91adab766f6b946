"""What a user has entered, kept from page to page."""

import streamlit as st

# Streamlit forgets a widget that a page does not show, unless it is in the address.
_KEPT = ("description", "example", "raw_title", "raw_description", "reviewer")


def keep_widgets() -> None:
    """Keep what was entered on another page; called at each run, before the page's widgets."""
    for key in _KEPT:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
