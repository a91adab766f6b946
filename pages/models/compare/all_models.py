"""One row per registered model, and quality against cost."""

import pandas as pd
import streamlit as st

from pages.models.compare.columns import MAIN_COLUMNS, MORE_COLUMNS
from pages.shared.alternatives import extremes
from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from pages.shared.tables import download_csv, show_table, three_decimals
from rakuten_core.language import N_, _
from rakuten_core.presentation.charts import quality_chart
from rakuten_core.registry import FAMILIES, MODALITIES, family_name, modality_name
from rakuten_core.reports.model_costs import latency_in_words
from rakuten_core.reports.model_table import model_table

SUBSETS = {
    "all": N_("All it can read"),
    "with_text": N_("With text"),
    "with_image": N_("With photo"),
    "with_both": N_("With both"),
}
COSTS = {"milliseconds": N_("Milliseconds per product"), "size_mb": N_("Size in MB")}


def _filtered(table: pd.DataFrame) -> pd.DataFrame:
    """Show pickers of modality and family and return the rows that fit."""
    left, right = st.columns(2)
    reads = left.segmented_control(
        _("Reads"),
        list(MODALITIES),
        format_func=modality_name,
        selection_mode="multi",
        key="reads",
        bind="query-params",
    )
    families = right.segmented_control(
        _("Family"),
        list(FAMILIES),
        format_func=family_name,
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
        _("Test products"),
        list(SUBSETS),
        format_func=lambda subset: _(SUBSETS[subset]),
        default="all",
        required=True,
        key="subset",
        bind="query-params",
        help=_("On products with text and photo every model answers the same products."),
    )
    table = _filtered(report(model_table, subset))
    if table.empty:
        st.info(_("No model is of both. Choose another modality or family."))
        return
    show_table(table, MAIN_COLUMNS)
    with st.expander(_("More measures")):
        show_table(table, MORE_COLUMNS)
    download_csv(table.to_csv(index=False), "models.csv")
    stale = int(table["stale"].notna().sum())
    if stale:
        st.warning(
            _(
                "{count} of these models are stale: training would not make them the same way "
                "today. Their scores are of what they answered to the test products, recomputed "
                "from the saved probabilities; seconds and memory of their training are left out."
            ).format(count=stale),
            icon=":material/history:",
        )
    st.caption(
        _(
            "Measured on test products that no model has seen (15% by a hash of the product). "
            "Text models answer products with a text, image models those with a photo, the "
            "study's fusions those with both: choose *With both* to compare them on the same "
            "products. Published scores are of the study's own 16% of the complete data. "
            "{latency}"
        ).format(latency=report(latency_in_words))
    )
    against = st.segmented_control(
        _("Quality against"),
        list(COSTS),
        format_func=lambda cost: _(COSTS[cost]),
        default="milliseconds",
        required=True,
        key="against",
        bind="query-params",
    )
    highest = extremes(_("Weighted F1"), table.set_index("label")["weighted_f1"], three_decimals)
    chart = quality_chart(table, against, _(COSTS[against]))
    st.plotly_chart(chart, config=PLOT, alt=highest)
