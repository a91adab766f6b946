"""The mean image of each type."""

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import choose_domain
from rakuten_core.language import _, number
from rakuten_core.reports.photo_statistics import mean_pictures


def show_means() -> None:
    """Show the mean images, or where photos differ."""
    st.markdown(
        _(
            "**Averaged over many photos, a type keeps a shape only if its products look "
            "alike.** What stays grey and round looks like anything."
        )
    )
    variance = st.toggle(_("Show where photos differ instead"), key="variance", bind="query-params")
    domain = choose_domain()
    with st.container(horizontal=True):
        for each in report(mean_pictures, domain, variance):
            kind = each.product_type
            label = _("All types") if kind is None else f"{kind.code} {kind.label}"
            with st.container(width=150):
                caption = _("{label}, {photos} photos").format(
                    label=label, photos=number(each.photos)
                )
                st.image(each.picture, alt=caption)
                st.caption(caption)
