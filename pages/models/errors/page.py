"""Where it errs: confusion matrices, the products behind a cell, and profiles of product types."""

import streamlit as st

from pages.models.errors.matrix import show_matrix
from pages.models.errors.one_type import show_profile
from pages.models.errors.slices import show_slices
from pages.shared.pickers import show_view
from rakuten_core.language import N_, _

st.title(_("Where it errs"))
show_view(
    {
        N_("Confusion matrix"): show_matrix,
        N_("One product type"): show_profile,
        N_("Slices"): show_slices,
    }
)
