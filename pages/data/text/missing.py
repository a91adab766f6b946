"""Which types lack descriptions."""

import streamlit as st

from pages.shared.alternatives import plain
from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from rakuten_core.language import _
from rakuten_core.presentation.charts import share_chart
from rakuten_core.reports.text_findings import missing_sentence
from rakuten_core.reports.text_statistics import missing_descriptions


def show_missing() -> None:
    """Show the share of products without description."""
    found = report(missing_descriptions)
    share = found.drop(index=0)
    finding = missing_sentence(found)
    st.markdown(finding)
    st.plotly_chart(
        share_chart(share, _("Products without description")),
        config=PLOT,
        alt=plain(finding),
    )
