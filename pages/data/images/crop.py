"""Where photos differ, and how much of that a crop of the borders keeps."""

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT, is_dark
from rakuten_core.images.measures import variance_kept
from rakuten_core.presentation.charts import crop_chart, percent, variance_chart
from rakuten_core.reports.photo_statistics import crop_curve, moments
from rakuten_core.taxonomy import CODES, label_of


def show_crop() -> None:
    """Show the variance of each pixel and what a chosen crop keeps of it."""
    found = report(moments)
    code = st.selectbox(
        "Photos of",
        [0, *CODES],
        format_func=lambda code: label_of(code) if code else "All types",
        key="type",
        bind="query-params",
    )
    percentage = st.slider(
        "Cut from width and height",
        *(0, 60, 20, 5),
        format="%d %%",
        key="crop",
        bind="query-params",
    )
    crop = percentage / 100
    row = CODES.index(code) if code else len(CODES)
    if not found.counts[row]:
        st.info("There is no photo of this type.")
        return
    variance = found.variance[row]
    kept = variance_kept(variance, crop)
    st.markdown(
        f"**A crop of {percent(crop, 0)} keeps {percent(kept)} of the variance** on "
        f"{percent((1 - crop) ** 2)} of the pixels: "
        + (
            "these photos differ more in their middle than at their borders."
            if kept > (1 - crop) ** 2 + 0.01
            else "these photos differ at their borders as much as in their middle."
        )
    )
    left, right = st.columns(2)
    left.plotly_chart(
        variance_chart(variance, crop, is_dark()), config=PLOT, alt="Where photos differ"
    )
    right.plotly_chart(
        crop_chart(crop_curve(variance), crop),
        config=PLOT,
        alt="Variance and pixels kept by each crop",
    )
    st.caption(
        f"Variance of each pixel over {found.counts[row]:,.0f} photos at "
        f"{len(variance)} x {len(variance)} pixels, mean of the three colours; the red frame is "
        "what the crop keeps. The study cut 20 %."
    )
