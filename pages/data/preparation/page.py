"""Preparation: watch each step change a text, and what each network is shown of a photo."""

import streamlit as st

from pages.data.preparation.image_steps import show_image_steps
from pages.data.preparation.text_steps import show_text_steps
from pages.shared.pickers import show_view
from rakuten_core.language import N_, _

st.title(_("Preparation"))
show_view({N_("Text"): show_text_steps, N_("Image"): show_image_steps})
