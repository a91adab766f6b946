"""Which types lack descriptions."""

import streamlit as st

from pages.shared.alternatives import plain
from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from rakuten_core.language import _, percent
from rakuten_core.presentation.charts import share_chart
from rakuten_core.reports.text_statistics import missing_descriptions
from rakuten_core.taxonomy import label_of


def show_missing() -> None:
    """Show the share of products without description."""
    found = report(missing_descriptions)
    share = found.drop(index=0)
    finding = _(
        "**{share} of the products have no description**: {most} of {most_type}, {least} of "
        "{least_type}."
    ).format(
        share=percent(found.loc[0], 0),
        most=percent(share.iloc[-1], 0),
        most_type=label_of(share.index[-1]),
        least=percent(share.iloc[0], 0),
        least_type=label_of(share.index[0]),
    )
    st.markdown(finding)
    st.plotly_chart(
        share_chart(share, _("Products without description")),
        config=PLOT,
        alt=plain(finding),
    )
