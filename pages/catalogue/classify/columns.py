"""What was found out about a table, and which of its columns is what."""

from itertools import islice
from typing import Any

import pandas as pd
import streamlit as st

from rakuten_core.data.product_columns import PRODUCT_FIELDS, find_columns
from rakuten_core.data.tables import Table
from rakuten_core.language import N_, _, ngettext, number

_PREVIEW_ROWS = 5
_PREVIEW_LETTERS = 120
_SEPARATORS = {
    ",": N_("commas"),
    ";": N_("semicolons"),
    "\t": N_("tabs"),
    "|": N_("bars"),
}


def describe_table(table: Table, rows: int) -> str:
    """Say what was found out about a table."""
    facts = [ngettext("{rows} product", "{rows} products", rows).format(rows=number(rows))]
    if table.encoding:
        facts.append(_("read as {encoding}").format(encoding=table.encoding))
    if table.separator:
        facts.append(
            _("separated by {separator}").format(separator=_(_SEPARATORS[table.separator]))
        )
    return ", ".join(facts)


def show_preview(table: Table) -> None:
    """Show the first rows."""
    rows = [
        {name: _short(row.values.get(name)) for name in table.columns}
        for row in islice(table.rows(), _PREVIEW_ROWS)
    ]
    st.dataframe(pd.DataFrame(rows, columns=table.columns), hide_index=True, height="content")


def _short(value: Any) -> str:
    if isinstance(value, (bytes, dict)):
        return _("(a picture)")
    return "" if value is None else str(value)[:_PREVIEW_LETTERS]


def choose_columns(table: Table) -> dict[str, str]:
    """Show which column is what, and return the choice."""
    found, chosen = find_columns(table.columns), dict[str, str]()
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
    return chosen
