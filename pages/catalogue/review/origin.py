"""Where the products to review come from: a catalogue, or the suspicious labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.loaders import job_store, local_catalog, report, review_database
from pages.shared.part import show_error
from rakuten_core.bulk.jobs import ANSWERS_FILE, Job
from rakuten_core.data.photo_sources import PhotoSource
from rakuten_core.errors import RakutenError, ReviewError
from rakuten_core.language import _
from rakuten_core.presentation.markdown import escape_markdown
from rakuten_core.reports.suspicious_labels import label_facts, suspicious
from rakuten_core.review.items import ReviewItem, items_of_answers, items_of_labels
from rakuten_core.review.queue import ReviewQueue

_LABELS = "labels"


@st.cache_resource(show_spinner=False, max_entries=8)
def _photos(path: str) -> PhotoSource:
    """Return the photos of a catalogue; the names in its ZIP file are read once."""
    return PhotoSource(Path(path) if path else None)


def _embedded(job: Job, row: int) -> Mapping[str, Any]:
    """Return the picture that the catalogue itself holds, as a row of it alone."""
    table, column = job.table, job.facts.columns.get("photo")
    if column is None or table.table_format != "parquet":
        return {}
    return {"photo": table.value(row, column)}


@dataclass(frozen=True)
class Origin:
    """A queue, and where the photos of its products are (None: the local catalogue)."""

    queue: ReviewQueue
    job: Job | None

    def completed(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return a product with the texts of the local catalogue, if its own are not known.

        Labels may have been looked at before there was a catalogue.
        """
        catalog = local_catalog() if self.job is None and item["title"] is None else None
        if catalog is None:
            return item
        products = catalog.products
        for found in products[products["productid"] == int(item["productid"])].to_dict("records"):
            photo = found["photo"] if isinstance(found["photo"], str) else None
            texts = {"title": found["designation"], "description": found["description"]}
            item = item | texts | {"photo": photo}
        return item

    def photo_of(self, item: Mapping[str, Any]) -> bytes | None:
        """Return the photo of a product, if it is at hand.

        Raises:
            RakutenError: it cannot be read.
        """
        if self.job is not None:
            photos = _photos(str(self.job.photos or ""))
            return photos.photo_of(item) or photos.photo_of(_embedded(self.job, item["row"]))
        catalog = local_catalog()
        name = item["photo"]
        return None if catalog is None or name is None else catalog.photos.read(name)


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
