"""What is known of the products that were drawn around on the map."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.shared.products import (
    choose_product,
    probability_column,
    product_columns,
    show_product,
)
from pages.shared.tables import Column, download_csv, show_table, whole
from rakuten_core.language import N_, _, number, percent
from rakuten_core.reports.product_map import summary
from rakuten_core.taxonomy import label_of

_MOST = 500
_TYPES = {
    "type": Column(N_("Product type")),
    "products": Column(N_("Products"), whole),
}


def show_picked(table: pd.DataFrame, model: str, ids: Sequence[int]) -> None:
    """Show types, confidence, errors and suspicious labels of some products, and a download.

    Args:
        table: of `reports.product_map.product_map`.
        model: whose answers it holds.
        ids: the products that were picked; all without.
    """
    chosen = table[table["productid"].isin(ids)] if ids else table
    found = summary(chosen)
    st.subheader(_("Drawn around") if ids else _("All products"), anchor=False)
    columns = st.columns(4)
    columns[0].metric(_("Products"), number(found.products))
    columns[1].metric(
        _("Wrong answers"),
        percent(found.errors) if found.tested else "–",
        help=_("Of {tested} test products among them, by {model}").format(
            tested=number(found.tested), model=model
        ),
    )
    columns[2].metric(_("Mean probability"), percent(found.probability) if found.tested else "–")
    columns[3].metric(
        _("Most suspicious labels"),
        number(found.suspicious),
        help=_("Of those that the page *Suspicious labels* lists"),
    )
    if not ids:
        return
    types = found.types.assign(type=[label_of(code) for code in found.types["code"]])
    left, right = st.columns([2, 5])
    with left:
        show_table(types.head(12), _TYPES)
        download_csv(chosen.to_csv(index=False), "products_of_the_map.csv")
    with right:
        shown = chosen.head(_MOST).assign(
            type=[label_of(code) for code in chosen["code"].head(_MOST)],
            answer=[label_of(code) if code else "" for code in chosen["answered"].head(_MOST)],
        )
        own = product_columns()
        formats = {
            "productid": own["productid"],
            "designation": own["designation"],
            "type": _("Product type"),
            "answer": _("Answer"),
            "probability": probability_column(_("Probability")),
        }
        catalog, product = choose_product(shown, formats, f"picked-{hash(tuple(ids))}", 420)
        if catalog is not None and product is not None:
            show_product(catalog, product)
