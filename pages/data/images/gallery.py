"""Photos with extreme measures, where the real data is at hand."""

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import choose_domain, choose_types
from pages.shared.products import catalog_or_none
from rakuten_core.errors import RakutenError
from rakuten_core.images.decoding import decode_image
from rakuten_core.reports.photo_statistics import PHOTO_MEASURES, extreme_photos

EXTREMES = {
    "Whitest": ("white_ratio", False),
    "Least white": ("white_ratio", True),
    "Darkest": ("brightness", True),
    "Brightest": ("brightness", False),
    "Sharpest": ("sharpness", False),
    "Most blurred": ("sharpness", True),
    "Widest": ("aspect_ratio", False),
    "Tallest": ("aspect_ratio", True),
}
_SHOWN = 12


def show_gallery() -> None:
    """Show the photos at a chosen extreme."""
    catalog = catalog_or_none()
    if catalog is None:
        st.info(
            "The photos do not ship with the app. Start it with RAKUTEN_DATA set to the folder of "
            "the challenge's data to see them here.",
            icon=":material/photo_library:",
        )
        return
    extreme = st.segmented_control(
        "Show the",
        list(EXTREMES),
        default="Whitest",
        required=True,
        key="extreme",
        bind="query-params",
    )
    codes = choose_types("gallery", choose_domain())
    measure, lowest = EXTREMES[extreme]
    with st.container(horizontal=True):
        table = catalog.joined(report(extreme_photos, measure, codes, lowest))
        for row in table.dropna(subset=["photo"]).head(_SHOWN).itertuples():
            try:
                picture = decode_image(catalog.photos.read(row.photo))
            except RakutenError:
                continue
            with st.container(width=170):
                st.image(picture, width=170)
                st.caption(f"{row.label}, {row.value:.2f}")
    st.caption(f"{PHOTO_MEASURES[measure]} is under each photo.")
