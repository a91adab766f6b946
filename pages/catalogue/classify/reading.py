"""How a table is read: what was found out of it, and what only its owner can say."""

from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.catalogue.classify.columns import choose_columns
from rakuten_core.data.cell_values import shown
from rakuten_core.data.encodings import FRENCH_ENCODINGS
from rakuten_core.data.product_columns import TableLayout
from rakuten_core.data.tables import Table, open_table
from rakuten_core.language import N_, _, ngettext, number

_PREVIEW_ROWS = 5
_PREVIEW_LETTERS = 120
_SEPARATORS = {
    ",": N_("commas"),
    ";": N_("semicolons"),
    "\t": N_("tabs"),
    "|": N_("bars"),
}
_ENCODINGS = {
    "cp1252": N_("Windows (cp1252)"),
    "cp850": N_("MS-DOS (cp850)"),
    "mac_roman": N_("Mac (Mac Roman)"),
    "iso8859-15": N_("Unix (ISO 8859-15)"),
    "utf-8": N_("Unicode (UTF-8)"),
}


def show_table(path: Path) -> tuple[TableLayout, int]:
    """Show how a table is read, let it be said otherwise, and return that and the number of rows.

    Raises:
        CatalogError: it cannot be read.
    """
    table = open_table(path)
    encoding, sheet = _choose_encoding(table), _choose_sheet(table)
    if (encoding, sheet) != (None, None):
        table = open_table(path, encoding, sheet)
    rows = table.count()
    st.caption(_description(table, rows))
    _show_preview(table)
    return TableLayout(choose_columns(table), encoding, sheet, complete=True), rows


def _choose_encoding(table: Table) -> str | None:
    """Ask in which encoding a text is written, where that is not sure; return the answer."""
    if table.encoding is None or table.encoding_is_sure:
        return None
    choices = list(dict.fromkeys([table.encoding, *FRENCH_ENCODINGS, "utf-8"]))
    return st.radio(
        _("With which encoding are the accents right?"),
        choices,
        format_func=lambda name: _(_ENCODINGS[name]),
        horizontal=True,
        key=f"encoding-{table.path.name}",
    )


def _choose_sheet(table: Table) -> str | None:
    """Ask which sheet of a workbook holds the products, where there are several."""
    if len(table.sheets) < 2:
        return None
    return st.selectbox(
        _("Sheet"),
        table.sheets,
        index=table.sheets.index(table.sheet or ""),
        key=f"sheet-{table.path.name}-{hash(table.sheets)}",
    )


def _description(table: Table, rows: int) -> str:
    """Say what was found out about a table."""
    facts = [ngettext("{rows} product", "{rows} products", rows).format(rows=number(rows))]
    if table.encoding:
        facts.append(_("read as {encoding}").format(encoding=table.encoding))
    if table.separator:
        facts.append(
            _("separated by {separator}").format(separator=_(_SEPARATORS[table.separator]))
        )
    return ", ".join(facts)


def _show_preview(table: Table) -> None:
    """Show the first rows."""
    rows = [
        {name: _short(row.values.get(name)) for name in table.columns}
        for row in islice(table.carried(), _PREVIEW_ROWS)
    ]
    st.dataframe(pd.DataFrame(rows, columns=table.columns), hide_index=True, height="content")


def _short(value: Any) -> str:
    return _("(a picture)") if isinstance(value, bytes) else shown(value)[:_PREVIEW_LETTERS]
