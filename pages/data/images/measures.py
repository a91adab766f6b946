"""One measure of the photos per product type."""

import streamlit as st

from pages.shared.alternatives import plain
from pages.shared.loaders import report
from pages.shared.pickers import PLOT, choose_order
from rakuten_core.language import _, decimal
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
        _("Measure"),
        list(PHOTO_MEASURES),
        format_func=lambda measure: _(PHOTO_MEASURES[measure]),
        key="measure",
        bind="query-params",
    )
    order = choose_order(("median", "domain", "code"), right)
    by_median = report(photo_quantiles, measure, "median")["median"]
    name = _(PHOTO_MEASURES[measure])
    finding = _(
        "**{name}: {highest} has the highest median ({high}), {lowest} the lowest ({low}).**"
    ).format(
        name=name,
        highest=label_of(by_median.index[0]),
        high=decimal(by_median.iloc[0], 2),
        lowest=label_of(by_median.index[-1]),
        low=decimal(by_median.iloc[-1], 2),
    )
    st.markdown(finding)
    st.plotly_chart(
        box_chart(report(photo_quantiles, measure, order), name, measure == "sharpness"),
        config=PLOT,
        alt=plain(finding),
    )
    facts = report(statistics_facts, "images")
    st.caption(
        _(
            "Box: the middle half, with the median. Whiskers: 5% to 95% of the photos. A pixel "
            "counts as white when red, green and blue are all at least {level} of 255; photos "
            "are measured at {size} x {size} pixels. Sharpness is the variance of the Laplacian "
            "of luma; contrast and brightness are of luma, 0 to 1."
        ).format(level=facts["white"], size=facts["size"])
    )
    st.markdown(_("**Mean colour of the photos**"))
    st.markdown(
        "\u2003".join(
            f':color[\u2003\u2003]{{background="rgb({row.red:.0f},{row.green:.0f},{row.blue:.0f})"}}'
            f"\u00a0{product_type(int(row.Index)).label}"
            for row in report(mean_colours).itertuples()
        )
    )
