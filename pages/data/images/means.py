"""The mean image of each type."""

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import choose_domain
from rakuten_core.reports.photo_statistics import mean_pictures


def show_means() -> None:
    """Show the mean images, or where photos differ."""
    st.markdown(
        "**Averaged over many photos, a type keeps a shape only if its products look alike.** What "
        "stays grey and round looks like anything."
    )
    variance = st.toggle("Show where photos differ instead", key="variance", bind="query-params")
    domain = choose_domain()
    with st.container(horizontal=True):
        for each in report(mean_pictures, domain, variance):
            kind = each.product_type
            label = "All types" if kind is None else f"{kind.code} {kind.study_label}"
            with st.container(width=150):
                st.image(each.picture)
                st.caption(f"{label}, {each.photos:,} photos")
