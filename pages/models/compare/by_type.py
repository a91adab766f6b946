"""F1 per product type and model, measured or published."""

import streamlit as st

from pages.shared.alternatives import extremes
from pages.shared.loaders import report, trained_names
from pages.shared.pickers import PLOT, choose_order
from pages.shared.tables import download_csv
from rakuten_core.language import _
from rakuten_core.presentation.charts import f1_heat_chart
from rakuten_core.registry import label_of_model
from rakuten_core.reports import published
from rakuten_core.reports.confusion import f1_by_type_ordered
from rakuten_core.reports.model_table import decimal, f1_by_type


def show_by_type() -> None:
    """Show the heat table."""
    left, right = st.columns(2)
    source = left.segmented_control(
        _("Scores"),
        ["measured", "published"],
        format_func={"measured": _("measured"), "published": _("published")}.__getitem__,
        default="measured",
        required=True,
        key="source",
        bind="query-params",
    )
    order = choose_order(("difficulty", "domain", "code"), right)
    measured = source == "measured"
    table = report(f1_by_type, trained_names()) if measured else published.f1_by_type()
    table = f1_by_type_ordered(table, order)
    shown = table.rename(columns=label_of_model) if measured else table
    st.plotly_chart(
        f1_heat_chart(shown),
        config=PLOT,
        alt=extremes(
            _("Mean F1 over the product types"), shown.mean(), lambda value: decimal(value, 2)
        ),
    )
    download_csv(table.to_csv(), f"f1_{source}.csv")
