"""Whether a catalogue looks like what the models learnt from."""

from pathlib import Path

import pandas as pd
import streamlit as st

from pages.shared.tables import Column, show_table, three_decimals, two_decimals, whole
from rakuten_core.assets import Assets
from rakuten_core.bulk.jobs import ANSWERS_FILE, MEASURES_FILE, Job
from rakuten_core.language import N_, _, language, number
from rakuten_core.reports.drift_findings import Finding, drift_report, level_name

_ICONS = (":material/check_circle:", ":material/info:", ":material/warning:")
_COLUMNS = {
    "name": Column(N_("What"), _),
    "level": Column(N_("Difference"), level_name),
    "effect": Column(N_("Effect"), two_decimals, N_("0: alike, 1: nothing in common")),
    "test": Column(N_("Test"), _),
    "statistic": Column(N_("Statistic"), two_decimals),
    "p_value": Column(N_("p-value"), three_decimals),
    "products": Column(N_("Products compared"), whole),
}


@st.cache_data(show_spinner=False, max_entries=8)
def _findings(folder: str, _language: str) -> tuple[list[Finding], int]:
    """Return the findings about a finished job, and on how many products they rest."""
    measures = pd.read_parquet(Path(folder) / MEASURES_FILE)
    answered = pd.read_parquet(Path(folder) / ANSWERS_FILE, columns=["prdtypecode", "probability"])
    return drift_report(Assets(), measures, answered), len(measures)


def show_drift(job: Job) -> None:
    """Show what is different, in words and with its test."""
    findings, rows = _findings(str(job.folder), language())
    different = [each for each in findings if each.drift.level]
    if not different:
        st.success(_("It looks like the training data in all respects."), icon=_ICONS[0])
    else:
        st.markdown(
            _(
                "It differs from the training data: the more it does, the less the measured scores "
                "hold for it. Review a sample before you trust it."
            )
        )
    for each in different:
        st.markdown(f"{_ICONS[each.drift.level]} {each.words}")
    for each in findings:
        if not each.drift.level:
            st.caption(f"{_ICONS[0]} {each.words}")
    show_table(
        pd.DataFrame(
            {
                "name": each.name,
                "level": each.drift.level,
                "effect": each.drift.effect,
                "test": each.test,
                "statistic": each.drift.statistic,
                "p_value": each.drift.p_value,
                "products": each.products,
            }
            for each in findings
        ),
        _COLUMNS,
    )
    st.caption(
        _(
            "{rows} products of the catalogue, evenly spread, against the statistics of the "
            "training data; answers against those to the test products. SciPy's two-sample "
            "Kolmogorov-Smirnov and chi-squared tests; with many products the smallest difference "
            "is significant, so that the effect decides: from 0.1 on a little, from 0.3 on much."
        ).format(rows=number(rows))
    )
