"""The gain of each step, between recorded models, and what quantization costs."""

import streamlit as st

from pages.shared.alternatives import extremes
from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from pages.shared.tables import (
    Column,
    four_decimals,
    one_decimal,
    show_table,
    signed_four_decimals,
    signed_three_decimals,
    whole,
    yes_or_no,
)
from rakuten_core.language import N_, _
from rakuten_core.presentation.charts import gain_chart
from rakuten_core.registry import label_of_model, modality_name
from rakuten_core.reports.model_table import quantization_costs
from rakuten_core.reports.what_helped import ablation

STEP_COLUMNS = {
    "reads": Column(N_("Reads"), modality_name),
    "change": Column(N_("Step"), width="large"),
    "gain": Column(N_("Gain"), signed_three_decimals),
    "low": Column(N_("From"), signed_three_decimals, N_("95% bootstrap")),
    "high": Column(N_("To"), signed_three_decimals, N_("95% bootstrap")),
    "verdict": Column(N_("Verdict")),
    "rows": Column(N_("Test products"), whole),
    "before": Column(N_("Without it"), label_of_model),
    "after": Column(N_("With it"), label_of_model),
    "stale": Column(N_("Stale"), yes_or_no, N_("One of the two models is stale")),
}
COST_COLUMNS = {
    "label": Column(N_("Model")),
    "what": Column(N_("What was done"), width="large"),
    "before": Column(N_("Before"), four_decimals),
    "after": Column(N_("After"), four_decimals),
    "cost": Column(N_("Cost"), signed_four_decimals),
    "rows": Column(N_("Test products"), whole),
    "size_mb": Column(N_("Size as shipped, MB"), one_decimal),
}


def show_what_helped() -> None:
    """Show the steps and the costs."""
    table = report(ablation)
    if table.empty:
        st.info(_("Train the project's own models to see what each step gave."))
        return
    st.markdown(_("**What each step gave**, in weighted F1 on the test products that both answer"))
    st.plotly_chart(
        gain_chart(table),
        config=PLOT,
        alt=extremes(
            _("Gain in weighted F1"),
            table.set_index("change")["gain"],
            signed_three_decimals,
        ),
    )
    show_table(table, STEP_COLUMNS)
    st.caption(
        _(
            "Hyper-parameters were chosen on validation or out of fold; the test split was only "
            "measured. Paired bootstrap of the difference over the same products."
        )
    )
    costs = report(quantization_costs)
    if not costs.empty:
        st.markdown(_("**What quantization costs**, in weighted F1 on the test products"))
        show_table(costs, COST_COLUMNS)
