"""Products of the local catalogue beside what the models say of them."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.loaders import local_catalog
from pages.shared.part import show_error
from pages.what_if.product import what_if_button
from rakuten_core.data.catalog import Catalog
from rakuten_core.errors import RakutenError
from rakuten_core.images.decoding import decode_image
from rakuten_core.language import _


def product_columns() -> dict[str, Any]:
    """Return the formats of a product's own columns, labelled in the current language."""
    return {
        "productid": st.column_config.NumberColumn(_("Product"), format="%d"),
        "has_text": _("Text"),
        "has_image": _("Photo"),
        "designation": st.column_config.TextColumn(_("Title"), width="large"),
    }


def probability_column(label: str) -> Any:
    """Return the format of a column of probabilities."""
    return st.column_config.ProgressColumn(label, min_value=0, max_value=1, format="percent")


def catalog_or_none() -> Catalog | None:
    """Return the local catalogue; say what is wrong with it where it cannot be read."""
    try:
        return local_catalog()
    except RakutenError as error:
        show_error(error)
        return None


def choose_product(
    table: pd.DataFrame, columns: dict[str, Any], key: str, height: int
) -> tuple[Catalog | None, pd.Series | None]:
    """Show a table of products and return the catalogue, if at hand, and the row chosen in it.

    Args:
        table: with a `productid`; titles and photos are joined where the catalogue is at hand.
        columns: their formats, in the order to show.
        key: of the table; another table needs another one, or a selected row would stay selected.
        height: in pixels.
    """
    catalog = catalog_or_none()
    shown = table if catalog is None else catalog.joined(table)
    selected = st.dataframe(
        shown,
        hide_index=True,
        column_order=list(columns),
        column_config=columns,
        on_select="rerun",
        selection_mode="single-row",
        height=height,
        key=key,
    )
    if catalog is None:
        st.caption(
            _("To see titles and photos, set RAKUTEN_DATA to the folder of the challenge's data.")
        )
        return None, None
    rows = selected.selection.rows
    return catalog, shown.iloc[rows[0]] if rows else None


def show_product(catalog: Catalog, product: pd.Series, words: str = "") -> None:
    """Show one product of a table that has been joined with the catalogue.

    Args:
        catalog: where its photo is.
        product: a row with `designation` and `photo`; a product that the catalogue does not hold
            has neither.
        words: shown below the title.
    """
    content = None
    with st.container(border=True, horizontal=True):
        if isinstance(product["photo"], str):
            try:
                content = catalog.photos.read(product["photo"])
                st.image(decode_image(content), width=200, alt=_("Photo of the product"))
            except RakutenError as error:
                show_error(error, ":material/broken_image:")
        title = product["designation"]
        st.text(title if isinstance(title, str) and title else _("No title"))
        if words:
            st.text(words)
    known = catalog.products.loc[catalog.products["productid"] == product["productid"]]
    if len(known):
        what_if_button(title, known["description"].iloc[0], content)
