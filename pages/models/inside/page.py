"""Inside the networks: the patterns that their layers answer to."""

import streamlit as st

from pages.models.inside.channels import show_channels
from pages.models.inside.photo import show_photo
from pages.models.inside.words import show_word_vectors
from pages.shared.pickers import show_view
from rakuten_core.language import N_, _

st.title(_("Inside the networks"))
st.markdown(
    _(
        "The study wished to see the patterns that the layers learn. Here they are: computed from "
        "the weights that answer, on the spot."
    )
)
show_view(
    {
        N_("A photo on its way"): show_photo,
        N_("What excites a channel"): show_channels,
        N_("Words"): show_word_vectors,
    }
)
