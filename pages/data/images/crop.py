"""Where photos differ, and how much of that a crop of the borders keeps."""

import streamlit as st

from pages.shared.alternatives import plain
from pages.shared.loaders import report
from pages.shared.pickers import PLOT, is_dark
from rakuten_core.images.measures import variance_kept
from rakuten_core.language import _, number, percent, percent_format
from rakuten_core.presentation.charts import crop_chart, variance_chart
from rakuten_core.reports.photo_statistics import crop_curve, moments
from rakuten_core.taxonomy import CODES, label_of


def _finding(crop: float, kept: float) -> str:
    """Return in words where photos differ, of the share that a crop keeps of their variance."""
    if crop == 0:
        return _("**Nothing is cut**: all of the variance is kept.")
    area = (1 - crop) ** 2
    if kept > area + 0.01:
        where = _("these photos differ more in their middle than at their borders.")
    elif kept < area - 0.01:
        where = _("these photos differ more at their borders than in their middle.")
    else:
        where = _("these photos differ at their borders as much as in their middle.")
    keeps = _("**A crop of {crop} keeps {kept} of the variance** on {area} of the pixels: ")
    return keeps.format(crop=percent(crop, 0), kept=percent(kept), area=percent(area)) + where


def show_crop() -> None:
    """Show the variance of each pixel and what a chosen crop keeps of it."""
    found = report(moments)
    code = st.selectbox(
        _("Photos of"),
        [0, *CODES],
        format_func=lambda code: label_of(code) if code else _("All types"),
        key="type",
        bind="query-params",
    )
    percentage = st.slider(
        _("Cut from width and height"),
        *(0, 60, 20, 5),
        format=percent_format(),
        key="crop",
        bind="query-params",
    )
    crop = percentage / 100
    row = CODES.index(code) if code else len(CODES)
    if not found.counts[row]:
        st.info(_("There is no photo of this type."))
        return
    variance = found.variance[row]
    kept = variance_kept(variance, crop)
    finding = _finding(crop, kept)
    st.markdown(finding)
    left, right = st.columns(2)
    left.plotly_chart(variance_chart(variance, crop, is_dark()), config=PLOT, alt=plain(finding))
    right.plotly_chart(
        crop_chart(crop_curve(variance), crop),
        config=PLOT,
        alt=plain(finding),
    )
    st.caption(
        _(
            "Variance of each pixel over {photos} photos at {side} x {variance} pixels, mean of "
            "the three colours; the red frame is what the crop keeps. The study cut 20%."
        ).format(photos=number(found.counts[row]), side=len(variance), variance=len(variance))
    )
