"""How every model does on one product type."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT, choose_type
from rakuten_core.presentation.charts import profile_chart
from rakuten_core.registry import best
from rakuten_core.reports.confusion import contributions, labelled_profile, profile
from rakuten_core.taxonomy import product_type

_number = st.column_config.NumberColumn
COLUMNS: dict[str, Any] = {
    "model": st.column_config.TextColumn("Model", pinned=True),
    "reads": "Reads",
    "precision": _number("Precision", format="%.3f"),
    "recall": _number("Recall", format="%.3f"),
    "f1": _number("F1", format="%.3f"),
    "support": _number("Test products", format="localized"),
    "confused_with": "Most often taken for",
    "share": _number("How often", format="percent"),
}


def _show_contributions(names: tuple[str, ...], scores: pd.Series) -> None:
    """Show the F1 of text, photo and both on the same test products of one type, if it has any."""
    if not scores["support"]:
        return
    text, image, fusion = (scores[name] for name in names)
    columns = st.columns(3)
    columns[0].metric("Text alone, F1", f"{text:.2f}", border=True)
    columns[1].metric("Photo alone, F1", f"{image:.2f}", border=True)
    columns[2].metric(
        "Both together, F1", f"{fusion:.2f}", f"{fusion - text:+.2f} to text", border=True
    )
    st.caption(
        f"What each contributes: {', '.join(f'`{name}`' for name in names)} on the same "
        f"{scores['support']:,.0f} test products of this type with text and photo."
    )


def show_profile() -> None:
    """Show a chosen type."""
    code = choose_type("Product type", "type")
    table = report(profile, code)
    highest = table.groupby("reads")["f1"].max()
    found = product_type(code)
    parts = [f"{modality} **{highest[modality]:.2f}**" for modality in highest.index]
    st.markdown(
        f"{found.english}, {found.domain.french} ({found.domain.english}). "
        f"Best F1 by what a model reads: {', '.join(parts)}."
    )
    names = tuple(best().values())
    if set(names) <= set(table.index):
        _show_contributions(names, report(contributions, names).loc[code])
    st.plotly_chart(profile_chart(table), config=PLOT, alt="Precision and recall of each model")
    st.dataframe(
        labelled_profile(table),
        hide_index=True,
        column_order=list(COLUMNS),
        column_config=COLUMNS,
    )
