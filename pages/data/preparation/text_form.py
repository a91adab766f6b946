"""The text to prepare: an example or the user's own."""

import streamlit as st

from rakuten_core.language import _
from rakuten_core.reports.examples import examples

GOLDEN = ("Une table très jolie!", "Dimensions : 60 x 33 cm")
MOST_CHARACTERS = 3000


def choose_text() -> tuple[str, str]:
    """Show the examples and the fields, and return title and description."""
    texts = {"golden": GOLDEN}
    names = {"golden": _("The study's example")}
    for each in examples():
        if each.title:
            texts[each.key] = (each.title, each.description)
            names[each.key] = each.name

    def take_example() -> None:
        # A second click on a pill takes the choice back, not what has been written since.
        if st.session_state.raw_example in texts:
            title, description = texts[st.session_state.raw_example]
            st.session_state.update(raw_title=title, raw_description=description)

    if "raw_title" not in st.session_state:
        st.session_state.update(raw_title=GOLDEN[0], raw_description=GOLDEN[1])
    st.pills(
        _("Try an example"),
        list(texts),
        format_func=names.__getitem__,
        key="raw_example",
        on_change=take_example,
    )
    left, right = st.columns(2)
    title = left.text_input(_("Title"), key="raw_title", max_chars=500)
    description = right.text_area(
        _("Description"), key="raw_description", height=80, max_chars=MOST_CHARACTERS
    )
    return title, description
