"""How every model does on one product type."""

import pandas as pd
import streamlit as st

from pages.shared.alternatives import extremes
from pages.shared.loaders import report
from pages.shared.pickers import PLOT, choose_type
from pages.shared.tables import Column, share, show_table, three_decimals, whole
from rakuten_core.language import N_, _, clauses, decimal, number, signed
from rakuten_core.presentation.charts import profile_chart
from rakuten_core.registry import best, label_of_model, modality_name
from rakuten_core.reports.confusion import contributions, labelled_profile, profile
from rakuten_core.taxonomy import product_type

COLUMNS = {
    "label": Column(N_("Model"), pinned=True),
    "reads": Column(N_("Reads"), modality_name),
    "precision": Column(N_("Precision"), three_decimals),
    "recall": Column(N_("Recall"), three_decimals),
    "f1": Column(N_("F1"), three_decimals),
    "support": Column(N_("Test products"), whole),
    "confused_with": Column(N_("Most often taken for")),
    "share": Column(N_("How often"), share),
}


def _show_contributions(names: tuple[str, ...], scores: pd.Series) -> None:
    """Show the F1 of text, photo and both on the same test products of one type, if it has any."""
    if not scores["support"]:
        return
    text, image, fusion = (scores[name] for name in names)
    columns = st.columns(3)
    columns[0].metric(_("Text alone, F1"), decimal(text, 2), border=True)
    columns[1].metric(_("Photo alone, F1"), decimal(image, 2), border=True)
    columns[2].metric(
        _("Both together, F1"),
        decimal(fusion, 2),
        _("{difference} to text").format(difference=signed(fusion - text, 2)),
        border=True,
    )
    st.caption(
        _(
            "What each contributes: {models}, on the same {count} test products of this type with "
            "text and photo."
        ).format(
            models=clauses(label_of_model(name) for name in names),
            count=number(scores["support"]),
        )
    )


def show_profile() -> None:
    """Show a chosen type."""
    code = choose_type(_("Product type"), "type")
    table = report(profile, code)
    highest = table.groupby("reads")["f1"].max()
    found = product_type(code)
    parts = [f"{modality_name(name)} **{decimal(value, 2)}**" for name, value in highest.items()]
    st.markdown(
        _("Domain: {domain}. Best F1 by what a model reads: {parts}.").format(
            domain=found.domain.label, parts=", ".join(parts)
        )
    )
    names = tuple(best().values())
    if set(names) <= set(table.index):
        _show_contributions(names, report(contributions, names).loc[code])
    table.index = [label_of_model(name) for name in table.index]
    st.plotly_chart(
        profile_chart(table),
        config=PLOT,
        alt=extremes(_("F1"), table["f1"], lambda f1: decimal(f1, 2)),
    )
    show_table(labelled_profile(table), COLUMNS)
