"""The model card of a chosen model."""

import re

import streamlit as st

from pages.shared.loaders import report, trained_names
from pages.shared.pickers import choose_model
from rakuten_core.language import _
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.model_card import model_card


def show_cards() -> None:
    """Show one model's card, and offer it."""
    names = trained_names()
    name = choose_model(_("Model"), names, ANSWERING, "card")
    card = report(model_card, name)
    with st.container(border=True):
        # The page has headings of its own: the card's are bold lines here.
        st.markdown(re.sub(r"(?m)^#+ (.*)$", r"**\1**", card))
    st.download_button(
        _("Download the card"), card, f"{name}.md", "text/markdown", icon=":material/download:"
    )
