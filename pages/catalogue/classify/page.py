"""Classify a catalogue: a table and its photos in, the types of all its products out."""

import streamlit as st

from pages.catalogue.classify.progress import show_progress
from pages.catalogue.classify.result import show_result
from pages.catalogue.classify.upload import show_upload
from pages.shared.loaders import job_store
from pages.shared.part import show_error
from rakuten_core.errors import CatalogError
from rakuten_core.language import _

st.title(_("Classify a catalogue"))
key = st.query_params.get("job")
job = None
if key:
    try:
        job = job_store().open(key)
    except CatalogError as error:
        show_error(error)
if job is None:
    show_upload()
elif job.state == "done":
    show_result(job)
else:
    show_progress(job)
