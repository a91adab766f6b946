"""Suspicious labels: products whose given category is probably wrong."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import download_csv
from pages.shared.products import (
    PRODUCT_COLUMNS,
    choose_product,
    probability_column,
    show_product,
)
from rakuten_core.presentation.charts import percent
from rakuten_core.reports.suspicious_labels import (
    label_check,
    label_facts,
    label_staleness,
    suspicious,
)
from rakuten_core.taxonomy import CODES, label_of

COLUMNS: dict[str, Any] = {
    "productid": PRODUCT_COLUMNS["productid"],
    "given": "Given type",
    "suggested": "Suggested type",
    "suggested_probability": probability_column("Probability of the suggested"),
    "given_probability": probability_column("Probability of the given"),
} | PRODUCT_COLUMNS
CHECK_COLUMNS: dict[str, Any] = {
    "looked_at": st.column_config.NumberColumn(
        "Most suspicious products looked at", format="localized"
    ),
    "precision": st.column_config.NumberColumn("Were corrupted", format="percent"),
    "recall": st.column_config.NumberColumn("Of all corrupted", format="percent"),
}


def show_check(check: dict) -> None:
    """Show how well the ranking finds labels that were corrupted on purpose."""
    st.subheader("Does it find wrong labels?", anchor=False)
    st.markdown(
        f"{check['corrupted']:,} of {check['rows']:,} labels were replaced on purpose by another "
        f"type, each of the 26 equally likely, `{check['model']}` alone learnt from them as if "
        "they were true, and all labels were ranked. The catalogue's own errors count as misses; "
        "errors between neighbouring types are harder to find than these."
    )
    st.dataframe(pd.DataFrame(check["ranks"]), hide_index=True, column_config=CHECK_COLUMNS)


st.title("Suspicious labels")
facts = report(label_facts)
st.markdown(
    f"**{facts['issues']:,} of {facts['rows']:,} labels look suspicious** "
    f"({percent(facts['issues'] / facts['rows'])}), by confident learning on held-out "
    f"probabilities of `{facts['model']}`. Some are errors of the catalogue, some of the model: "
    f"the {facts['kept']:,} least credible are listed, for a look and not for a blind change."
)
if stale := report(label_staleness):
    st.warning(f"This ranking is stale: {stale}.", icon=":material/history:")
left, middle, right = st.columns(3)
given = left.multiselect("Given type", CODES, format_func=label_of, key="given", placeholder="All")
suggested = middle.multiselect(
    "Suggested type", CODES, format_func=label_of, key="suggested", placeholder="All"
)
across = right.toggle(
    "Only across domains",
    key="across",
    bind="query-params",
    help="Hide pairs inside one domain, such as new and second-hand books.",
)
table = report(suspicious, given, suggested, across)
st.caption(f"{len(table):,} products, the least credible label first.")
named = table.assign(
    given=[label_of(code) for code in table["given"]],
    suggested=[label_of(code) for code in table["suggested"]],
)
catalog, product = choose_product(named, COLUMNS, f"products-{given}-{suggested}-{across}", 460)
download_csv(table.to_csv(index=False), "suspicious_labels.csv")
if catalog is not None and product is not None:
    show_product(catalog, product)
if check := report(label_check):
    show_check(check)
