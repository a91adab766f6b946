"""The gain of each step, between recorded models, and what quantization costs."""

from typing import Any

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from rakuten_core.presentation.charts import gain_chart
from rakuten_core.reports.model_table import quantization_costs
from rakuten_core.reports.what_helped import ablation

_number = st.column_config.NumberColumn
STEP_COLUMNS: dict[str, Any] = {
    "reads": "Reads",
    "change": st.column_config.TextColumn("Step", width="large"),
    "gain": _number("Gain", format="%+.3f"),
    "low": _number("From", format="%+.3f", help="95 % bootstrap"),
    "high": _number("To", format="%+.3f", help="95 % bootstrap"),
    "verdict": "Verdict",
    "rows": _number("Test products", format="localized"),
    "before": "Without it",
    "after": "With it",
    "stale": st.column_config.CheckboxColumn("Stale", help="One of the two models is stale"),
}
COST_COLUMNS: dict[str, Any] = {
    "model": "Model",
    "what": st.column_config.TextColumn("What was done", width="large"),
    "before": _number("Before", format="%.4f"),
    "after": _number("After", format="%.4f"),
    "cost": _number("Cost", format="%+.4f"),
    "rows": _number("Test products", format="localized"),
    "size_mb": _number("Size as shipped, MB", format="%.1f"),
}


def show_what_helped() -> None:
    """Show the steps and the costs."""
    table = report(ablation)
    if table.empty:
        st.info("Train the project's own models to see what each step gave.")
        return
    st.markdown("**What each step gave**, in weighted F1 on the test products that both answer")
    st.plotly_chart(gain_chart(table), config=PLOT, alt="Gain of each step with its interval")
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_order=list(STEP_COLUMNS),
        column_config=STEP_COLUMNS,
    )
    st.caption(
        "Hyper-parameters were chosen on validation or out of fold; the test split was only "
        "measured. Paired bootstrap of the difference over the same products."
    )
    costs = report(quantization_costs)
    if not costs.empty:
        st.markdown("**What quantization costs**, in weighted F1 on the test products")
        st.dataframe(costs, hide_index=True, column_config=COST_COLUMNS)
