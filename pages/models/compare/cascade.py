"""The cascade: what its limits trade."""

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from pages.shared.tables import (
    Column,
    four_decimals,
    one_decimal,
    share,
    show_table,
    three_decimals,
    yes_or_no,
)
from rakuten_core.language import N_, _, clauses, decimal, number
from rakuten_core.presentation.charts import trade_chart
from rakuten_core.registry import label_of_model
from rakuten_core.reports.cascade_trade import cascade_trade

COLUMNS = {
    "tolerance": Column(N_("May lose"), three_decimals, N_("Weighted F1; empty: last stage alone")),
    "weighted_f1": Column(N_("Weighted F1"), four_decimals),
    "automatic_share": Column(N_("Sorted, 95% right"), share),
    "milliseconds": Column(N_("ms per product"), one_decimal),
    "chosen": Column(N_("Chosen"), yes_or_no),
}


def show_cascade() -> None:
    """Show quality against time for each choice of limits; only where a cascade is trained."""
    table = report(cascade_trade)
    st.markdown(
        _(
            "**Sure answers leave early**: a product goes on to a dearer model only while the "
            "highest probability is below a limit"
        )
    )
    chosen = table[table["chosen"]].iloc[0]
    st.plotly_chart(
        trade_chart(table),
        config=PLOT,
        alt=_("Chosen: weighted F1 {score} in {time} ms per product.").format(
            score=decimal(chosen["weighted_f1"], 4), time=decimal(chosen["milliseconds"], 1)
        ),
    )
    stages = [column for column in table if column not in (*COLUMNS, "rows")]
    leave = {
        stage: Column(_("Stage {count}").format(count=count), share, label_of_model(stage))
        for count, stage in enumerate(stages, start=1)
    }
    show_table(table, COLUMNS | leave)
    st.caption(
        _(
            "Limits are chosen on {rows} validation products that no stage has learnt from; the "
            "scores are on these same products. On the test split the cascade was measured once: "
            "see All models. Milliseconds add up what each stage takes on two cores. The last "
            "columns: how many leave at each stage, {stages}."
        ).format(rows=number(table["rows"].iloc[0]), stages=clauses(map(label_of_model, stages)))
    )
