"""What came of a catalogue: types, how sure, what needs a look, errors, and the files to take."""

from pathlib import Path

import pandas as pd
import streamlit as st

from pages.catalogue.classify.downloads import show_downloads
from pages.catalogue.classify.drift import show_drift
from pages.catalogue.classify.products import show_products
from pages.catalogue.classify.progress import show_address, show_delete, show_photos_found
from pages.shared.limit import choose_limit
from pages.shared.pickers import PLOT, show_view
from pages.shared.theme import show_domains
from rakuten_core.bulk.jobs import ANSWERS_FILE, Job
from rakuten_core.language import N_, _, number, percent
from rakuten_core.presentation.charts import certainty_chart, target_chart
from rakuten_core.taxonomy import CODES, label_of


@st.cache_data(show_spinner=False, max_entries=4)
def _answers(folder: str, _modified: int) -> pd.DataFrame:
    return pd.read_parquet(Path(folder) / ANSWERS_FILE)


def answers_of(job: Job) -> pd.DataFrame:
    """Return products and answers of a finished job, in the order given."""
    path = job.folder / ANSWERS_FILE
    return _answers(str(job.folder), path.stat().st_mtime_ns)


def _show_summary(table: pd.DataFrame, limit: int) -> None:
    answered = table.dropna(subset="prdtypecode")
    counts = answered["prdtypecode"].astype(int).value_counts().reindex(CODES, fill_value=0)
    shown = counts[counts > 0].sort_values(ascending=False).to_frame("products")
    shown["share"] = shown["products"] / max(len(answered), 1)
    if shown.empty:
        return
    st.subheader(_("By product type"), anchor=False)
    st.plotly_chart(
        target_chart(shown),
        config=PLOT,
        alt=_("{type} is the most frequent type.").format(type=label_of(shown.index[0])),
    )
    show_domains()
    st.subheader(_("How sure"), anchor=False)
    st.plotly_chart(
        certainty_chart(answered["probability"].to_numpy(), limit / 100),
        config=PLOT,
        alt=_("Half of the answers have a probability above {median}.").format(
            median=percent(answered["probability"].median(), 0)
        ),
    )


def _show_errors(table: pd.DataFrame) -> None:
    wrong = table[table["error"].notna()]
    if wrong.empty:
        return
    st.subheader(_("Rows with a problem"), anchor=False)
    shown = wrong[["productid", "title", "prdtypecode", "error"]].copy()
    shown.insert(0, "row", wrong.index + 1)
    st.dataframe(
        shown,
        hide_index=True,
        height=min(300, 38 + 35 * len(shown)),
        column_config={
            "row": st.column_config.NumberColumn(_("Row"), format="%d"),
            "productid": _("Product"),
            "title": st.column_config.TextColumn(_("Title"), width="medium"),
            "prdtypecode": st.column_config.NumberColumn(_("Type answered"), format="%d"),
            "error": st.column_config.TextColumn(_("What is wrong"), width="large"),
        },
    )


def show_result(job: Job) -> None:
    """Show a finished catalogue."""
    table = answers_of(job)
    limit = choose_limit()
    doubtful = int((~(table["probability"] >= limit / 100)).sum())
    st.session_state.setdefault("catalogues", {})[st.query_params["job"]] = job.facts.name
    places = st.columns(4)
    places[0].metric(_("Products"), number(len(table)), border=True)
    places[1].metric(_("Sorted by themselves"), percent(1 - doubtful / len(table), 0), border=True)
    places[2].metric(_("Need a look"), number(doubtful), border=True)
    places[3].metric(_("Rows with a problem"), number(table["error"].notna().sum()), border=True)
    show_photos_found(job)
    show_downloads(job, limit, doubtful)
    with st.container(horizontal=True):
        if st.button(_("Review what needs a look"), icon=":material/fact_check:"):
            st.switch_page("catalogue/review/page.py", query_params={"job": st.query_params["job"]})
        show_delete(job)

    def summary() -> None:
        _show_summary(table, limit)
        _show_errors(table)

    show_view(
        {
            N_("Summary"): summary,
            N_("Products"): lambda: show_products(table, limit),
            N_("Is it like the training data?"): lambda: show_drift(job),
        }
    )
    show_address()
