"""The few models that matter, best first."""

import streamlit as st

from pages.shared.alternatives import plain
from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from pages.shared.tables import Column, one_decimal, show_table, three_decimals, whole
from rakuten_core.language import N_, _, decimal
from rakuten_core.presentation.charts import best_chart
from rakuten_core.registry import MODALITIES, modality_name
from rakuten_core.reports.best_models import best_models

COLUMNS = {
    "label": Column(N_("Model"), pinned=True),
    "reads": Column(N_("Reads"), modality_name),
    "weighted_f1": Column(N_("Weighted F1"), three_decimals, N_("On the test split")),
    "interval": Column(N_("95% interval")),
    "rows": Column(N_("Test products"), whole),
    "top3_accuracy": Column(N_("Top-3 accuracy"), three_decimals),
    "milliseconds": Column(N_("ms per product"), one_decimal, N_("Median, one at a time")),
    "size_mb": Column(N_("Size, MB"), one_decimal),
}


def show_best_models() -> None:
    """Show the study's best beside ours."""
    table = report(best_models)
    if table.empty:
        st.info(_("No model has been trained yet: python -m rakuten_core train --data DIR"))
        return
    ours = table[table["whose"] == "own"].set_index("reads")["weighted_f1"]
    scores = {
        modality: decimal(ours[modality], 3) if modality in ours else "–" for modality in MODALITIES
    }
    finding = _(
        "**Weighted F1 {text} from the text, {photo} from the photo, {both} from both**, on test "
        "products that no model has seen."
    ).format(text=scores["text"], photo=scores["image"], both=scores["fusion"])
    st.markdown(finding)
    st.plotly_chart(best_chart(table), config=PLOT, alt=plain(finding))
    show_table(table, COLUMNS)
    st.caption(
        _(
            "Grey: the best model of the study, trained again here on the same products; the line: "
            "the best score that the study published, on its own 16% of the complete data. What "
            "reads both is measured on products with text and photo."
        )
    )
