"""Suspicious labels: products whose given category is probably wrong."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.resources import local_catalog, show_product
from rakuten_core.assets import Assets
from rakuten_core.errors import RakutenError
from rakuten_core.presentation.charts import percent
from rakuten_core.reports import suspicious_labels as labels
from rakuten_core.reports.results import label_of
from rakuten_core.taxonomy import CODES, product_type


@st.cache_data(show_spinner=False)
def label_result(function: str) -> Any:
    """Return what a function of `reports.suspicious_labels` reads from the shipped assets."""
    return getattr(labels, function)(Assets())


def show_check(check: dict) -> None:
    """Show how well the ranking finds labels that were corrupted on purpose."""
    st.subheader("Does it find wrong labels?", anchor=False)
    st.markdown(
        f"{check['corrupted']:,} of {check['rows']:,} labels were replaced on purpose by another "
        f"type, each of the 26 equally likely, `{check['model']}` alone learnt from them as if "
        "they were true, and all labels were ranked. The catalogue's own errors count as misses; "
        "errors between neighbouring types are harder to find than these."
    )
    st.dataframe(
        pd.DataFrame(check["ranks"]),
        hide_index=True,
        column_config={
            "looked_at": st.column_config.NumberColumn(
                "Most suspicious products looked at", format="localized"
            ),
            "precision": st.column_config.NumberColumn("Were corrupted", format="percent"),
            "recall": st.column_config.NumberColumn("Of all corrupted", format="percent"),
        },
    )


st.title("Suspicious labels")
try:
    facts = label_result("facts")
    table = label_result("suspicious")
    catalog = local_catalog()
except RakutenError as error:
    st.error(str(error), icon=":material/error:")
    st.stop()

st.markdown(
    f"**{facts['issues']:,} of {facts['rows']:,} labels look suspicious** "
    f"({percent(facts['issues'] / facts['rows'])}), by confident learning on held-out "
    f"probabilities of `{facts['model']}`. Some are errors of the catalogue, some of the model: "
    f"the {facts['kept']:,} least credible are listed, for a look and not for a blind change."
)
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
if given:
    table = table[table["given"].isin(given)]
if suggested:
    table = table[table["suggested"].isin(suggested)]
if across:
    domains = {code: product_type(code).domain for code in CODES}
    table = table[table["given"].map(domains) != table["suggested"].map(domains)]
if catalog is not None:
    known = catalog.products.set_index("productid")
    table = table.join(known[["designation", "photo"]], on="productid")
shown = table.assign(
    given=[label_of(code) for code in table["given"]],
    suggested=[label_of(code) for code in table["suggested"]],
)
st.caption(f"{len(shown):,} products, the least credible label first.")
columns = {
    "productid": st.column_config.NumberColumn("Product", format="%d"),
    "given": "Given type",
    "suggested": "Suggested type",
    "suggested_probability": st.column_config.ProgressColumn(
        "Probability of the suggested", min_value=0, max_value=1, format="percent"
    ),
    "given_probability": st.column_config.ProgressColumn(
        "Probability of the given", min_value=0, max_value=1, format="percent"
    ),
    "has_text": "Text",
    "has_image": "Photo",
    "designation": st.column_config.TextColumn("Title", width="large"),
}
chosen = st.dataframe(
    shown,
    hide_index=True,
    column_order=list(columns),
    column_config=columns,
    on_select="rerun",
    selection_mode="single-row",
    height=460,
    # Another choice is another table: a selected row would stay selected in it.
    key=f"products-{given}-{suggested}-{across}",
)
st.download_button(
    "Download as CSV",
    table.drop(columns="photo", errors="ignore").to_csv(index=False),
    "suspicious_labels.csv",
    "text/csv",
    icon=":material/download:",
)
if catalog is None:
    st.caption("To see titles and photos, set RAKUTEN_DATA to the folder of the challenge's data.")
elif chosen.selection.rows:
    show_product(catalog, table.iloc[chosen.selection.rows[0]])
if check := label_result("check"):
    show_check(check)
