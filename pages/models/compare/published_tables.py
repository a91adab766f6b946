"""The study's own tables, complete."""

import streamlit as st

from rakuten_core.language import _
from rakuten_core.reports import published


def show_published() -> None:
    """Show the tables as they were published."""
    st.markdown(_("**F1 per product type**, text, image and fusion, with accuracy and averages"))
    st.dataframe(published.f1_complete(), height="content", placeholder="–")
    left, right = st.columns(2)
    left.markdown(_("**Image, machine learning**"))
    left.dataframe(published.image_machine_learning(), hide_index=True)
    right.markdown(_("**Image, deep learning**"))
    right.dataframe(published.image_deep_learning(), hide_index=True)
    st.caption(
        _(
            "As the study of December 2022 published them, measured on its own 16% of the "
            "84,916 products. The published confusion matrix is under *Where it errs*."
        )
    )
