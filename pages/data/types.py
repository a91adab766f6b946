"""Product types: how many products each has, and what is in it."""

from typing import Any

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT, download_csv
from rakuten_core.presentation.charts import percent, target_chart, treemap_chart
from rakuten_core.reports.statistics_files import statistics_facts
from rakuten_core.reports.type_counts import imbalance, ordered_target, target, type_details
from rakuten_core.taxonomy import Domain, label_of, product_type

COLUMNS: dict[str, Any] = {
    "code": st.column_config.NumberColumn("Code", format="%d", pinned=True),
    "study_label": "Study's label",
    "french": "What is in it",
    "english": "In English",
    "domain": "Domain",
    "products": st.column_config.NumberColumn("Products", format="localized"),
    "share": st.column_config.NumberColumn("Share", format="percent"),
}

st.title("Product types")
facts = report(statistics_facts, "target")
table = report(target)
unequal = imbalance(table)
largest, smallest = product_type(unequal.largest), product_type(unequal.smallest)
st.markdown(
    f"**How unequal are the types?** {largest.code} {largest.french} has "
    f"{table.loc[largest.code, 'products']:,} products, {smallest.code} {smallest.french} has "
    f"{table.loc[smallest.code, 'products']:,}: {unequal.ratio:.1f} times fewer."
)
columns = st.columns(3)
columns[0].metric("Products", f"{facts['rows']:,}", border=True)
columns[1].metric("Largest to smallest", f"{unequal.ratio:.1f} : 1", border=True)
columns[2].metric(
    "Weighted F1 of always saying the largest",
    f"{unequal.weighted_f1:.3f}",
    help=f"Its accuracy is {percent(unequal.accuracy)}: what any model must beat.",
    border=True,
)

left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
order = left.segmented_control(
    "Order by",
    ["count", "domain", "code"],
    default="count",
    required=True,
    key="order",
    bind="query-params",
)
unit = middle.segmented_control(
    "Show",
    ["count", "share"],
    format_func={"count": "Products", "share": "Share"}.__getitem__,
    default="count",
    required=True,
    key="unit",
    bind="query-params",
)
logarithmic = right.toggle("Log scale", key="log", bind="query-params")
shown = report(ordered_target, order)
st.plotly_chart(
    target_chart(shown, unit == "share", logarithmic),
    config=PLOT,
    alt="Number of products of each product type",
)
st.markdown("  ".join(f':color[■]{{foreground="{each.color}"}} {each.french}' for each in Domain))

st.subheader("Domains and their types", anchor=False)
st.plotly_chart(
    treemap_chart(table), config=PLOT, alt="Domains and product types as areas, by products"
)

st.subheader("What is in each type", anchor=False)
details = report(type_details, order)
st.dataframe(details, hide_index=True, height="content", column_config=COLUMNS)
download_csv(details.to_csv(index=False), "product_types.csv")
st.caption(
    f"From the {facts['rows']:,} labels of the challenge's training part, counted on "
    f"{facts['date']}. {label_of(unequal.largest)} is {percent(unequal.accuracy)} of them."
)
