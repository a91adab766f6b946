"""The files of a finished catalogue."""

from pathlib import Path

import streamlit as st

from pages.shared.language_choice import speak_on
from rakuten_core.bulk.downloads import ResultFormat, write_result
from rakuten_core.bulk.jobs import Job
from rakuten_core.language import _, number

_FORMATS: dict[ResultFormat, str] = {"xlsx": "Excel", "csv": "CSV", "parquet": "Parquet"}
_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}


def show_downloads(job: Job, limit: int, doubtful: int) -> None:
    """Show the buttons that take all of it, or what needs a look."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen: ResultFormat = st.segmented_control(
            _("Format"),
            list(_FORMATS),
            format_func=_FORMATS.__getitem__,
            default="xlsx",
            required=True,
            key="format",
        )
        stem = Path(job.facts.name).stem

        def content(below: float | None) -> bytes:
            speak_on()
            return write_result(job, chosen, below).read_bytes()

        st.download_button(
            _("Download all as {format}").format(format=_FORMATS[chosen]),
            lambda: content(None),
            f"{stem}-types.{chosen}",
            _MEDIA[chosen],
            type="primary",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            _("Only what needs a look ({count})").format(count=number(doubtful)),
            lambda: content(limit / 100),
            f"{stem}-to-check.{chosen}",
            _MEDIA[chosen],
            icon=":material/download:",
            on_click="ignore",
        )
