"""The model card of a chosen model."""

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
        # The page has its own title: the card's headings start one level below.
        st.markdown(card.replace("\n## ", "\n#### ").replace("# ", "### ", 1))
    st.download_button(
        "Download the card", card, f"{name}.md", "text/markdown", icon=":material/download:"
    )
