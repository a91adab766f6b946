"""The products of one cell of the matrix, chosen by a click on it or by two pickers."""

import pandas as pd
import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import choose_type
from pages.shared.products import (
    choose_product,
    probability_column,
    product_columns,
    show_product,
)
from rakuten_core.language import _, ngettext, number
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
    st.subheader(_("The products behind a cell"), anchor=False)
    left, right = st.columns(2)
    with left:
        true = choose_type(_("True type"), "true", int(strongest["true"]))
    with right:
        answered = choose_type(_("Answer"), "answered", int(strongest["answered"]))
    products = report(products_of_cell, name, true, answered)
    if products.empty:
        st.info(_("No test product of this type got this answer."))
        return
    st.caption(
        ngettext(
            "{count} product.", "{count} products, the surest answer first.", len(products)
        ).format(count=number(len(products)))
    )
    if len(products) > MOST_PRODUCTS:
        st.caption(_("The first {count} are shown.").format(count=MOST_PRODUCTS))
    columns = {
        "productid": product_columns()["productid"],
        "answered_probability": probability_column(
            _("Probability of {answered}").format(answered=answered)
        ),
        "true_probability": probability_column(_("Probability of {true}").format(true=true)),
    } | product_columns()
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
