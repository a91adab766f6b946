"""Images: white borders, colour and sharpness per type, mean and variance, what a crop loses."""

import streamlit as st

from pages.data.images.crop import show_crop
from pages.data.images.gallery import show_gallery
from pages.data.images.means import show_means
from pages.data.images.measures import show_measures
from pages.shared.loaders import report
from pages.shared.pickers import show_view
from rakuten_core.language import N_, _, day, number
from rakuten_core.reports.statistics_files import statistics_facts

st.title(_("Images"))
facts = report(statistics_facts, "images")
show_view(
    {
        N_("White and other measures"): show_measures,
        N_("Mean images"): show_means,
        N_("Variance and crop"): show_crop,
        N_("Gallery"): show_gallery,
    }
)
st.caption(
    _("From {rows} photos of the challenge, measured on {date}.").format(
        rows=number(facts["rows"]), date=day(facts["date"])
    )
)
