"""Which column of a table is what."""

import streamlit as st

from rakuten_core.data.product_columns import PRODUCT_FIELDS, find_columns, texts_left_out
from rakuten_core.data.tables import Table
from rakuten_core.language import _
from rakuten_core.presentation.markdown import escape_markdown


def choose_columns(table: Table) -> dict[str, str]:
    """Show which column is what, and return the choice."""
    found, chosen = find_columns(table), dict[str, str]()
    st.markdown(_("**Which column is what?**"))
    places = st.columns(3)
    for place, (field, label) in enumerate(PRODUCT_FIELDS.items()):
        column = places[place % 3].selectbox(
            _(label),
            table.columns,
            index=table.columns.index(found[field]) if field in found else None,
            placeholder=_("None"),
            key=f"column-{field}-{hash(table.columns)}",
        )
        if column is not None:
            chosen[field] = column
    left = texts_left_out(table, chosen)
    if left:
        st.caption(
            _("Texts that are not read: {columns}").format(columns=escape_markdown(", ".join(left)))
        )
    return chosen
