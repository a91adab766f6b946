"""Images: white borders, colour and sharpness per type, mean and variance, what a crop loses."""

import streamlit as st

from pages.data.images.crop import show_crop
from pages.data.images.gallery import show_gallery
from pages.data.images.means import show_means
from pages.data.images.measures import show_measures
from pages.shared.loaders import report
from pages.shared.pickers import show_view
from rakuten_core.reports.statistics_files import statistics_facts

st.title("Images")
facts = report(statistics_facts, "images")
show_view(
    {
        "White and other measures": show_measures,
        "Mean images": show_means,
        "Variance and crop": show_crop,
        "Gallery": show_gallery,
    }
)
st.caption(f"From {facts['rows']:,} photos of the challenge, measured on {facts['date']}.")
