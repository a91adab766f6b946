"""One measure of the photos per product type."""

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from rakuten_core.presentation.charts import box_chart
from rakuten_core.reports.photo_statistics import (
    PHOTO_MEASURES,
    mean_colours,
    photo_quantiles,
)
from rakuten_core.reports.statistics_files import statistics_facts
from rakuten_core.taxonomy import label_of, product_type


def show_measures() -> None:
    """Show a chosen measure as box plots, and the mean colours."""
    left, right = st.columns(2, vertical_alignment="bottom")
    measure = left.selectbox(
        "Measure",
        list(PHOTO_MEASURES),
        format_func=PHOTO_MEASURES.__getitem__,
        key="measure",
        bind="query-params",
    )
    order = right.segmented_control(
        "Order by",
        ["median", "domain", "code"],
        default="median",
        required=True,
        key="order",
        bind="query-params",
    )
    by_median = report(photo_quantiles, measure, "median")["median"]
    name = PHOTO_MEASURES[measure]
    st.markdown(
        f"**{name}: {label_of(by_median.index[0])} has the highest median "
        f"({by_median.iloc[0]:,.2f}), {label_of(by_median.index[-1])} the lowest "
        f"({by_median.iloc[-1]:,.2f}).**"
    )
    st.plotly_chart(
        box_chart(report(photo_quantiles, measure, order), name, measure == "sharpness"),
        config=PLOT,
        alt=f"{name} per product type",
    )
    facts = report(statistics_facts, "images")
    st.caption(
        "Box: the middle half, with the median. Whiskers: 5 % to 95 % of the photos. A pixel "
        f"counts as white when red, green and blue are all at least {facts['white']} of 255; "
        f"photos are measured at {facts['size']} x {facts['size']} pixels. Sharpness is the "
        "variance of the Laplacian of luma; contrast and brightness are of luma, 0 to 1."
    )
    st.markdown("**Mean colour of the photos**")
    st.markdown(
        "\u2003".join(
            f':color[\u2003\u2003]{{background="rgb({row.red:.0f},{row.green:.0f},{row.blue:.0f})"}}'
            f"\u00a0{product_type(int(row.Index)).study_label}"
            for row in report(mean_colours).itertuples()
        )
    )
