"""How long titles and descriptions are, over all and per type."""

import streamlit as st

from pages.shared.alternatives import extremes, plain
from pages.shared.loaders import report
from pages.shared.pickers import PLOT, choose_domain, choose_types
from rakuten_core.language import N_, _, number
from rakuten_core.presentation.charts import box_chart, length_histogram
from rakuten_core.reports.text_findings import lengths_sentence
from rakuten_core.reports.text_statistics import FIELDS, MEASURES, length_quantiles, lengths
from rakuten_core.taxonomy import label_of

NAMES = {
    "title": N_("Title"),
    "description": N_("Description"),
    "words": N_("Words"),
    "characters": N_("Characters"),
}
AXES = {
    ("title", "words"): N_("Words per title"),
    ("title", "characters"): N_("Characters per title"),
    ("description", "words"): N_("Words per description"),
    ("description", "characters"): N_("Characters per description"),
}
COUNTED = {
    "title": N_("{count} products with a title; the longest 1% are not shown."),
    "description": N_("{count} products with a description; the longest 1% are not shown."),
}


def show_lengths() -> None:
    """Show the distribution of lengths."""
    left, right = st.columns(2)
    field = left.segmented_control(
        _("Field"),
        FIELDS,
        format_func=lambda field: _(NAMES[field]),
        default="title",
        required=True,
        key="field",
        bind="query-params",
    )
    unit = right.segmented_control(
        _("Count"),
        MEASURES,
        format_func=lambda unit: _(NAMES[unit]),
        default="words",
        required=True,
        key="count",
        bind="query-params",
    )
    domain = choose_domain()
    table = report(lengths, field, unit)
    table = table[table["code"].isin(choose_types("lengths", domain))]
    if table.empty:
        st.info(_("None of these products has such a text."))
        return
    found = length_quantiles(table)
    overall = found.loc[0]
    finding = lengths_sentence(field, unit, table)
    axis = _(AXES[field, unit])
    st.markdown(finding)
    st.plotly_chart(length_histogram(table, overall, axis), config=PLOT, alt=plain(finding))
    st.caption(_(COUNTED[field]).format(count=number(overall["products"])))
    by_type = found.drop(index=0).sort_values("median", ascending=False)
    st.plotly_chart(
        box_chart(by_type, axis, field == "description"),
        config=PLOT,
        alt=extremes(axis, by_type["median"].rename(index=label_of), number),
    )
    st.caption(_("Box: the middle half, with the median. Whiskers: 5% to 95% of the products."))
