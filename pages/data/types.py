"""Product types: how many products each has, and what is in it."""

from typing import Any

import streamlit as st

from pages.shared.alternatives import extremes, plain
from pages.shared.loaders import report
from pages.shared.pickers import PLOT, choose_order
from pages.shared.tables import download_csv
from pages.shared.theme import show_domains
from rakuten_core.data.catalog import CHALLENGE_PRODUCTS
from rakuten_core.language import _, day, decimal, number, percent
from rakuten_core.presentation.charts import target_chart, treemap_chart
from rakuten_core.reports.statistics_files import statistics_facts
from rakuten_core.reports.type_counts import imbalance, ordered_target, target, type_details
from rakuten_core.taxonomy import label_of, product_type

COLUMNS: dict[str, Any] = {
    "code": st.column_config.NumberColumn(_("Code"), format="%d", pinned=True),
    "study_label": _("Study's label"),
    "label": _("What is in it"),
    "domain": _("Domain"),
    "products": st.column_config.NumberColumn(_("Products"), format="localized"),
    "share": st.column_config.NumberColumn(_("Share"), format="percent"),
}

st.title(_("Product types"))
facts = report(statistics_facts, "target")
table = report(target)
unequal = imbalance(table)
largest, smallest = product_type(unequal.largest), product_type(unequal.smallest)
finding = _(
    "**How unequal are the types?** {code} {type} has {products} products, {code2} "
    "{type2} has {products2}: {ratio} times fewer."
).format(
    code=largest.code,
    type=largest.label,
    products=number(table.loc[largest.code, "products"]),
    code2=smallest.code,
    type2=smallest.label,
    products2=number(table.loc[smallest.code, "products"]),
    ratio=decimal(unequal.ratio, 1),
)
st.markdown(finding)
columns = st.columns(3)
columns[0].metric(_("Products"), number(facts["rows"]), border=True)
columns[1].metric(_("Largest to smallest"), f"{decimal(unequal.ratio, 1)} : 1", border=True)
columns[2].metric(
    _("Weighted F1 to beat"),
    decimal(unequal.weighted_f1, 3),
    help=_("That of always answering the largest type; its accuracy is {share}.").format(
        share=percent(unequal.accuracy)
    ),
    border=True,
)

left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
order = choose_order(("count", "domain", "code"), left)
unit = middle.segmented_control(
    _("Show"),
    ["count", "share"],
    format_func={"count": _("Products"), "share": _("Share")}.__getitem__,
    default="count",
    required=True,
    key="unit",
    bind="query-params",
)
logarithmic = right.toggle(_("Log scale"), key="log", bind="query-params")
shown = report(ordered_target, order)
st.plotly_chart(
    target_chart(shown, unit == "share", logarithmic),
    config=PLOT,
    alt=plain(finding),
)
show_domains()

st.subheader(_("Domains and their types"), anchor=False)
st.plotly_chart(
    treemap_chart(table),
    config=PLOT,
    alt=extremes(
        _("Products"),
        table["products"].groupby(lambda code: product_type(code).domain.label).sum(),
        number,
    ),
)

st.subheader(_("What is in each type"), anchor=False)
details = report(type_details, order)
st.dataframe(details, hide_index=True, height="content", column_config=COLUMNS)
download_csv(details.to_csv(index=False), "product_types.csv")
complete = facts["rows"] == CHALLENGE_PRODUCTS
st.caption(
    (
        _(
            "From the {rows} labels of the challenge's training part, counted on {date}. "
            "{type} is {accuracy} of them."
        )
        if complete
        else _("From {rows} labels, counted on {date}. {type} is {accuracy} of them.")
    ).format(
        rows=number(facts["rows"]),
        date=day(facts["date"]),
        type=label_of(unequal.largest),
        accuracy=percent(unequal.accuracy),
    )
)
