"""The languages of the texts, over all and per type."""

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from rakuten_core.presentation.charts import languages_chart, percent
from rakuten_core.reports.statistics_files import statistics_facts
from rakuten_core.reports.text_statistics import languages
from rakuten_core.text.language import LANGUAGE_NAMES


def show_languages() -> None:
    """Show the share of each language."""
    table = report(languages)
    total = table.sum()
    shares = total / total.sum()
    named = [f"{LANGUAGE_NAMES.get(code, 'none')} {percent(part)}" for code, part in shares.items()]
    st.markdown(
        f"**{percent(1 - shares.get('fr', 0), 0)} of the texts are not French.** "
        f"{', '.join(named)}."
    )
    st.plotly_chart(
        languages_chart(table, LANGUAGE_NAMES), config=PLOT, alt="Languages per product type"
    )
    st.caption(
        f"Detected with {report(statistics_facts, 'text')['language_detector']}; it chooses among "
        f"{', '.join(LANGUAGE_NAMES.values())}. Short titles full of names mislead it at times."
    )
