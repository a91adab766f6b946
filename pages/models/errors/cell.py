"""The products of one cell of the matrix, chosen by a click on it or by two pickers."""

import pandas as pd
import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import choose_type
from pages.shared.products import (
    PRODUCT_COLUMNS,
    choose_product,
    probability_column,
    show_product,
)
from rakuten_core.presentation.charts import chance
from rakuten_core.reports.confusion import products_of_cell
from rakuten_core.taxonomy import label_of

MOST_PRODUCTS = 200


def show_cell(name: str, strongest: pd.Series) -> None:
    """Show the products that a model answered with a type, of those of another type.

    Args:
        name: of the model.
        strongest: the `true` and `answered` codes to start with.
    """
    st.subheader("The products behind a cell", anchor=False)
    left, right = st.columns(2)
    with left:
        true = choose_type("True type", "true", int(strongest["true"]))
    with right:
        answered = choose_type("Answer", "answered", int(strongest["answered"]))
    products = report(products_of_cell, name, true, answered)
    if products.empty:
        st.info("No test product of this type got this answer.")
        return
    more = f" The first {MOST_PRODUCTS} are shown." if len(products) > MOST_PRODUCTS else ""
    st.caption(f"{len(products):,} products, the surest answer first.{more}")
    columns = {
        "productid": PRODUCT_COLUMNS["productid"],
        "answered_probability": probability_column(f"Probability of {answered}"),
        "true_probability": probability_column(f"Probability of {true}"),
    } | PRODUCT_COLUMNS
    catalog, product = choose_product(
        products.head(MOST_PRODUCTS), columns, f"products-{name}-{true}-{answered}", 320
    )
    if catalog is not None and product is not None:
        show_product(
            catalog,
            product,
            f"{chance(product['answered_probability'])} {label_of(answered)}\n"
            f"{chance(product['true_probability'])} {label_of(true)}",
        )
