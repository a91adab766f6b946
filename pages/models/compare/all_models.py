"""One row per registered model, and quality against cost."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT, download_csv
from rakuten_core.presentation.charts import quality_chart
from rakuten_core.registry import MODALITIES
from rakuten_core.reports.model_costs import latency_in_words
from rakuten_core.reports.model_table import model_table

SUBSETS = {
    "all": "All it can read",
    "with_text": "With text",
    "with_image": "With photo",
    "with_both": "With both",
}
COSTS = {"milliseconds": "Milliseconds per product", "size_mb": "Size in MB"}
_number = st.column_config.NumberColumn
COLUMNS: dict[str, Any] = {
    "model": st.column_config.TextColumn("Model", pinned=True, width="medium"),
    "reads": "Reads",
    "family": "Family",
    "weighted_f1": _number("Weighted F1", format="%.3f", help="On the test split"),
    "interval": "95 % interval",
    "rows": _number("Test products", format="localized"),
    "published": _number("Published", format="%.3f", help="By the study, on its own split"),
    "published_measure": "Published measure",
    "top3_accuracy": _number("Top-3 accuracy", format="%.3f"),
    "log_loss": _number("Log loss", format="%.3f"),
    "calibration_error": _number("Calibration error", format="%.3f"),
    "milliseconds": _number("ms per product", format="%.1f", help="Median, one at a time"),
    "size_mb": _number("Size, MB", format="%.1f"),
    "train_seconds": _number("Training, s", format="localized", help="Of all processes"),
    "peak_memory_mb": _number("Peak memory, MB", format="localized"),
    "stale": st.column_config.TextColumn("Stale", help="Why it is to be trained again"),
    "description": "What it is",
}


def _filtered(table: pd.DataFrame) -> pd.DataFrame:
    """Show pickers of modality and family and return the rows that fit."""
    left, right = st.columns(2)
    reads = left.segmented_control(
        "Reads", MODALITIES, selection_mode="multi", key="reads", bind="query-params"
    )
    families = right.segmented_control(
        "Family",
        list(dict.fromkeys(table["family"])),
        selection_mode="multi",
        key="family",
        bind="query-params",
    )
    if reads:
        table = table[table["reads"].isin(reads)]
    if families:
        table = table[table["family"].isin(families)]
    return table


def show_all_models() -> None:
    """Show the table and the chart."""
    subset = st.segmented_control(
        "Test products",
        list(SUBSETS),
        format_func=SUBSETS.__getitem__,
        default="all",
        required=True,
        key="subset",
        bind="query-params",
        help="On products with text and photo every model answers the same products.",
    )
    table = _filtered(report(model_table, subset))
    if table.empty:
        st.info("No model is of both. Choose another modality or family.")
        return
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        placeholder="–",
        column_order=list(COLUMNS),
        column_config=COLUMNS,
    )
    download_csv(table.to_csv(index=False), "models.csv")
    stale = int(table["stale"].notna().sum())
    if stale:
        st.warning(
            f"{stale} of these models are stale: training would not make them the same way today. "
            "Their scores are of what they answered to the test products, recomputed from the "
            "saved probabilities; seconds and memory of their training are left out.",
            icon=":material/history:",
        )
    st.caption(
        "Measured on test products that no model has seen (15 % by a hash of the product). Text "
        "models answer products with a text, image models those with a photo, the study's fusions "
        "those with both: choose *With both* to compare them on the same products. Published "
        f"scores are of the study's own 16 % of the complete data. {report(latency_in_words)}"
    )
    against = st.segmented_control(
        "Quality against",
        list(COSTS),
        format_func={"milliseconds": "Latency", "size_mb": "Size"}.__getitem__,
        default="milliseconds",
        required=True,
        key="against",
        bind="query-params",
    )
    st.plotly_chart(
        quality_chart(table, against, COSTS[against]),
        config=PLOT,
        alt="Weighted F1 of each model against its cost",
    )
