"""Text: lengths, missing descriptions, languages, frequent and typical words, word clouds."""

import streamlit as st

from pages.data.text.clouds import show_clouds
from pages.data.text.languages import show_languages
from pages.data.text.lengths import show_lengths
from pages.data.text.missing import show_missing
from pages.data.text.two_types import show_two_types
from pages.data.text.words import show_words
from pages.shared.loaders import report
from pages.shared.pickers import show_view
from rakuten_core.language import N_, _
from rakuten_core.reports.text_findings import source_sentence

st.title(_("Text"))
show_view(
    {
        N_("Lengths"): show_lengths,
        N_("Missing texts"): show_missing,
        N_("Languages"): show_languages,
        N_("Words"): show_words,
        N_("Word clouds"): show_clouds,
        N_("Two types"): show_two_types,
    }
)
st.caption(report(source_sentence))
