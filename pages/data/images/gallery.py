"""Photos with extreme measures, where the real data is at hand."""

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import choose_domain, choose_types
from pages.shared.products import catalog_or_none
from rakuten_core.errors import RakutenError
from rakuten_core.images.decoding import decode_image
from rakuten_core.language import N_, _, decimal
from rakuten_core.reports.photo_statistics import PHOTO_MEASURES, extreme_photos
from rakuten_core.taxonomy import label_of

EXTREMES = {
    N_("Whitest"): ("white_ratio", False),
    N_("Least white"): ("white_ratio", True),
    N_("Darkest"): ("brightness", True),
    N_("Brightest"): ("brightness", False),
    N_("Sharpest"): ("sharpness", False),
    N_("Most blurred"): ("sharpness", True),
    N_("Widest"): ("aspect_ratio", False),
    N_("Tallest"): ("aspect_ratio", True),
}
_SHOWN = 12


def show_gallery() -> None:
    """Show the photos at a chosen extreme."""
    catalog = catalog_or_none()
    if catalog is None:
        st.info(
            _(
                "The photos do not ship with the app. Start it with RAKUTEN_DATA set to the folder "
                "of the challenge's data to see them here."
            ),
            icon=":material/photo_library:",
        )
        return
    extreme = st.segmented_control(
        _("Show the"),
        list(EXTREMES),
        format_func=_,
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
                caption = f"{label_of(row.code)}, {decimal(row.value, 2)}"
                st.image(picture, width=170, alt=caption)
                st.caption(caption)
    st.caption(_("{measure} is under each photo.").format(measure=_(PHOTO_MEASURES[measure])))
