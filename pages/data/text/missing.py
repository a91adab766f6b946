"""Which types lack descriptions."""

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from rakuten_core.presentation.charts import percent, share_chart
from rakuten_core.reports.text_statistics import missing_descriptions
from rakuten_core.taxonomy import label_of


def show_missing() -> None:
    """Show the share of products without description."""
    found = report(missing_descriptions)
    share = found.drop(index=0)
    st.markdown(
        f"**{percent(found.loc[0], 0)} of the products have no description**: "
        f"{percent(share.iloc[-1], 0)} of {label_of(share.index[-1])}, "
        f"{percent(share.iloc[0], 0)} of {label_of(share.index[0])}."
    )
    st.plotly_chart(
        share_chart(share, "Products without description"),
        config=PLOT,
        alt="Share of products without description per product type",
    )
