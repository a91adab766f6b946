"""The model card of a chosen model."""

import re

import streamlit as st

from pages.shared.loaders import report, trained_names
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.model_card import model_card


def show_cards() -> None:
    """Show one model's card, and offer it."""
    names = trained_names()
    name = st.selectbox(
        "Model",
        names,
        index=names.index(ANSWERING) if ANSWERING in names else 0,
        key="card",
        bind="query-params",
    )
    card = report(model_card, name)
    with st.container(border=True):
        # The page has headings of its own: the card's are bold lines here.
        st.markdown(re.sub(r"(?m)^#+ (.*)$", r"**\1**", card))
    st.download_button(
        "Download the card", card, f"{name}.md", "text/markdown", icon=":material/download:"
    )
