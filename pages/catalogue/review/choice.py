"""What there is to review: a catalogue, or the suspicious labels."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from pages.catalogue.review.origin import Origin
from pages.shared.loaders import job_store, local_catalog, report, review_database
from pages.shared.part import show_error
from rakuten_core.bulk.jobs import ANSWERS_FILE
from rakuten_core.errors import RakutenError, ReviewError
from rakuten_core.language import _
from rakuten_core.presentation.markdown import escape_markdown
from rakuten_core.reports.suspicious_labels import label_facts, suspicious
from rakuten_core.review.items import ReviewItem, items_of_answers, items_of_labels
from rakuten_core.review.queue import ReviewQueue

_LABELS = "labels"


def _of_job(key: str) -> Origin:
    job = job_store().open(key)
    if job.state != "done":
        raise ReviewError(_("This catalogue is still being classified. Come back when it is done."))

    def items() -> Iterator[ReviewItem]:
        # Read only where the queue is not there yet.
        yield from items_of_answers(pd.read_parquet(job.folder / ANSWERS_FILE))

    # The folder's name, not the key: whoever reads the database does not know the address.
    queue = ReviewQueue.create(review_database(), job.folder.name, job.facts.name, items())
    return Origin(queue, job)


def _of_labels() -> Origin:
    table, catalog = report(suspicious), local_catalog()
    if catalog is not None:
        known = catalog.products.set_index("productid")
        table = table.join(known[["designation", "description", "photo"]], on="productid")
    run = report(label_facts).get("run", "")
    queue = ReviewQueue.create(
        review_database(), f"{_LABELS}-{run}", _("Suspicious labels"), items_of_labels(table)
    )
    return Origin(queue, None)


def choose_origin() -> Origin | None:
    """Return what the address names; without, show what there is to review."""
    key, queue = st.query_params.get("job"), st.query_params.get("queue")
    try:
        if key:
            return _of_job(key)
        if queue == _LABELS:
            return _of_labels()
    except RakutenError as error:
        show_error(error)
    st.markdown(
        _(
            "Look at what the models are unsure of, one product after the other. Decisions are "
            "kept at once, and the models can learn from them."
        )
    )
    for each, name in st.session_state.get("catalogues", {}).items():
        st.page_link(
            "catalogue/review/page.py",
            label=_("Review {name}").format(name=escape_markdown(name)),
            icon=":material/fact_check:",
            query_params={"job": each},
        )
    st.page_link(
        "catalogue/classify/page.py",
        label=_("Classify a catalogue first"),
        icon=":material/table_view:",
    )
    st.page_link(
        "catalogue/review/page.py",
        label=_("Review the suspicious labels of the training data"),
        icon=":material/rule:",
        query_params={"queue": _LABELS},
    )
    return None
