"""The cascade: what its limits trade."""

from typing import Any

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from rakuten_core.presentation.charts import trade_chart
from rakuten_core.reports.cascade_trade import cascade_trade

_number = st.column_config.NumberColumn
COLUMNS: dict[str, Any] = {
    "tolerance": _number("May lose", format="%.3f", help="Weighted F1; empty: last stage alone"),
    "weighted_f1": _number("Weighted F1", format="%.4f"),
    "milliseconds": _number("ms per product", format="%.1f"),
    "chosen": st.column_config.CheckboxColumn("Chosen"),
}


def show_cascade() -> None:
    """Show quality against time for each choice of limits; only where a cascade is trained."""
    table = report(cascade_trade)
    st.markdown(
        "**Sure answers leave early**: a product goes on to a dearer model only while the highest "
        "probability is below a limit"
    )
    st.plotly_chart(trade_chart(table), config=PLOT, alt="Weighted F1 against milliseconds")
    stages = [column for column in table if column not in (*COLUMNS, "rows")]
    st.dataframe(
        table,
        hide_index=True,
        column_order=[*COLUMNS, *stages],
        column_config=COLUMNS
        | {stage: _number(f"Leave at {stage}", format="percent") for stage in stages},
    )
    st.caption(
        f"Limits are chosen on {table['rows'].iloc[0]:,} validation products that no stage has "
        "learnt from; the scores are on these same products. On the test split "
        "the cascade was measured once: see All models. Milliseconds add up what each stage takes "
        "on two cores."
    )
