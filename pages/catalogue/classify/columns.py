"""Which column of a table is what."""

import streamlit as st

from rakuten_core.data.intake import TableView
from rakuten_core.data.product_columns import PRODUCT_FIELDS
from rakuten_core.language import _
from rakuten_core.presentation.markdown import escape_markdown


def choose_columns(table: TableView) -> dict[str, str]:
    """Show which column is what, and return the choice."""
    found, chosen = table.found, dict[str, str]()
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
    left = [name for name in table.text_columns if name not in chosen.values()]
    if left:
        st.caption(
            _("Texts that are not read: {columns}").format(columns=escape_markdown(", ".join(left)))
        )
    return chosen
