"""The languages of the texts, over all and per type."""

import streamlit as st

from pages.shared.alternatives import plain
from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from rakuten_core.language import _, language_name, listing
from rakuten_core.presentation.charts import languages_chart
from rakuten_core.reports.statistics_files import statistics_facts
from rakuten_core.reports.text_findings import languages_sentence
from rakuten_core.reports.text_statistics import languages
from rakuten_core.text.language_detection import KNOWN_LANGUAGES


def show_languages() -> None:
    """Show the share of each language."""
    table = report(languages)
    finding = languages_sentence(table)
    st.markdown(finding)
    st.plotly_chart(languages_chart(table), config=PLOT, alt=plain(finding))
    detector = report(statistics_facts, "text")["language_detector"]
    st.caption(
        _(
            "Detected with {detector}; it chooses among {languages}. Short titles full of names "
            "mislead it at times."
        ).format(
            detector=_(detector),
            languages=listing([language_name(code) for code in KNOWN_LANGUAGES]),
        )
    )
