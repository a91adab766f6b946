"""The study's own tables, complete."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.tables import three_decimals, two_decimals
from rakuten_core.language import N_, _
from rakuten_core.registry import MODALITIES, modality_name
from rakuten_core.reports import published

MEASURES = {
    "classifier": N_("Model"),
    "model": N_("Model"),
    "accuracy": N_("Accuracy"),
    "val_accuracy": N_("Accuracy in validation"),
    "precision_weighted": N_("Weighted precision"),
    "recall_weighted": N_("Weighted recall"),
    "f1_weighted": N_("Weighted F1"),
}


def _show(table: pd.DataFrame, column: DeltaGenerator) -> None:
    shown = table.rename(columns={name: _(label) for name, label in MEASURES.items()})
    numbers = dict.fromkeys(shown.select_dtypes("number"), two_decimals)
    column.table(shown.style.format(numbers, na_rep="–").hide(axis="index"), border="horizontal")


def show_published() -> None:
    """Show the tables as they were published."""
    st.markdown(_("**F1 per product type**, text, image and fusion, with accuracy and averages"))
    modality = st.segmented_control(
        _("Reads"),
        list(MODALITIES),
        format_func=modality_name,
        default="text",
        required=True,
        key="published_modality",
    )
    # A table of its own: its headings break into lines, a grid's are cut off.
    scores = published.f1_complete(modality)
    st.table(scores.style.format(three_decimals, na_rep="–"), border="horizontal")
    left, right = st.columns(2)
    left.markdown(_("**Image, machine learning**"))
    _show(published.image_machine_learning(), left)
    right.markdown(_("**Image, deep learning**"))
    _show(published.image_deep_learning(), right)
    st.caption(
        _(
            "As the study of December 2022 published them, measured on its own 16% of the "
            "84,916 products. The published confusion matrix is under *Where it errs*."
        )
    )
