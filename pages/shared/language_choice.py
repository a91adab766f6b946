"""The session's language: the address's, else what was chosen before, else the browser's."""

import streamlit as st

from rakuten_core.language import LANGUAGES, _, negotiated, set_language


def speak() -> None:
    """Set the language of this run and keep it in the address."""
    asked = st.query_params.get("lang")
    if "language" not in st.session_state:
        known = asked in LANGUAGES
        st.session_state.language = asked if known else negotiated(st.context.locale)
    # A page does not show the switch while another one is being opened: keep the choice.
    st.session_state.language = st.session_state.language or "en"
    set_language(st.session_state.language)
    if asked != st.session_state.language:
        st.query_params["lang"] = st.session_state.language


def speak_on() -> None:
    """Set the language that the session speaks already."""
    set_language(st.session_state.get("language") or "en")


def choose_language() -> None:
    """Show the switch at the foot of the menu."""
    st.sidebar.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key="language",
        required=True,
        label_visibility="collapsed",
    )
