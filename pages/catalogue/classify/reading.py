"""How a table is read: what was found out of it, and what only its owner can say."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import streamlit as st

from pages.catalogue.classify.columns import choose_columns
from pages.shared.loaders import job_store
from rakuten_core.data.encodings import FRENCH_ENCODINGS
from rakuten_core.data.intake import TableView, look_at
from rakuten_core.data.product_columns import TableLayout
from rakuten_core.errors import CatalogError
from rakuten_core.language import N_, _, language, ngettext, number
from rakuten_core.sandbox import reading

_MOST_VIEWS = 8
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


def show_table(name: str, content: memoryview, file_id: str) -> tuple[TableLayout, int]:
    """Show how a table is read, let it be said otherwise, and return that and the number of rows.

    Args:
        name: of the file.
        content: of the file.
        file_id: of the upload.

    Raises:
        CatalogError: it cannot be read.
    """
    view = _looked_at(name, content, file_id)
    encoding, sheet = _choose_encoding(name, view), _choose_sheet(name, view)
    if (encoding, sheet) != (None, None):
        view = _looked_at(name, content, file_id, encoding, sheet)
    st.caption(_description(view))
    st.dataframe(
        pd.DataFrame(view.preview, columns=view.columns), hide_index=True, height="content"
    )
    return TableLayout(choose_columns(view), encoding, sheet, complete=True), view.rows


def _looked_at(
    name: str,
    content: memoryview,
    file_id: str,
    encoding: str | None = None,
    sheet: str | None = None,
) -> TableView:
    """Return what is seen of an upload: looked at once, not at each choice that is made."""
    asked = (file_id, encoding, sheet, language())
    views: dict[tuple[str | None, ...], TableView] = st.session_state.setdefault("views", {})
    if asked not in views:
        if len(views) >= _MOST_VIEWS:
            views.clear()
        with TemporaryDirectory() as folder:
            given = Path(name)
            # No longer than file systems take.
            path = Path(folder) / f"{given.stem[:60]}{given.suffix[:20]}"
            path.write_bytes(content)
            job_store().expect()
            try:
                views[asked] = reading().run(look_at, path, encoding, sheet)
            except CatalogError as error:
                raise CatalogError(str(error).replace(f"{folder}/", "")) from error
    return views[asked]


def _choose_encoding(name: str, table: TableView) -> str | None:
    """Ask in which encoding a text is written, where that is not sure; return the answer."""
    if table.encoding is None or table.encoding_is_sure:
        return None
    choices = list(dict.fromkeys([table.encoding, *FRENCH_ENCODINGS, "utf-8"]))
    return st.radio(
        _("With which encoding are the accents right?"),
        choices,
        format_func=lambda name: _(_ENCODINGS[name]),
        horizontal=True,
        key=f"encoding-{name}",
    )


def _choose_sheet(name: str, table: TableView) -> str | None:
    """Ask which sheet of a workbook holds the products, where there are several."""
    if len(table.sheets) < 2:
        return None
    return st.selectbox(
        _("Sheet"),
        table.sheets,
        index=table.sheets.index(table.sheet or ""),
        key=f"sheet-{name}-{hash(table.sheets)}",
    )


def _description(table: TableView) -> str:
    """Say what was found out about a table."""
    rows = table.rows
    facts = [ngettext("{rows} product", "{rows} products", rows).format(rows=number(rows))]
    if table.encoding:
        facts.append(_("read as {encoding}").format(encoding=table.encoding))
    if table.separator:
        facts.append(
            _("separated by {separator}").format(separator=_(_SEPARATORS[table.separator]))
        )
    return ", ".join(facts)
