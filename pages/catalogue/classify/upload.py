"""The upload: a table, which of its columns are what, and photos."""

from typing import Any

import streamlit as st

from pages.catalogue.classify.reading import show_table
from pages.catalogue.classify.sample import sample_files
from pages.catalogue.classify.start import start_job
from pages.shared.part import part, show_error
from rakuten_core.api.settings import settings
from rakuten_core.data.product_columns import TELLING_FIELDS, TableLayout
from rakuten_core.data.tables import SUFFIXES
from rakuten_core.errors import CatalogError
from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS
from rakuten_core.language import _, ngettext, number
from rakuten_core.presentation.markdown import escape_markdown


def _show_sample() -> None:
    table, photos = sample_files()
    with st.container(horizontal=True):
        if st.button(_("Try it with a sample"), icon=":material/play_arrow:"):
            start_job("sample.csv", table, TableLayout(), photos)
        st.download_button(
            _("Download the sample"),
            table,
            "sample.csv",
            "text/csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


def _choose_photos() -> Any:
    """Show where photos are given, and return a ZIP file or a list of files."""
    limit = settings().catalogue_mb
    packed, folder = st.tabs([_("Photos as a ZIP file"), _("Photos in a folder")])
    archive = packed.file_uploader(
        _("ZIP file"),
        "zip",
        max_upload_size=limit,
        help=_(
            "Named as in the photo's column, or as the challenge names them. Up to {size} MB."
        ).format(size=number(limit)),
    )
    files = folder.file_uploader(
        _("Folder"),
        list(ACCEPTED_EXTENSIONS),
        accept_multiple_files="directory",
        max_upload_size=limit,
    )
    # Seen once the server has them: what is still on its way would be left out.
    if archive:
        st.caption(_("Photos from {name}").format(name=escape_markdown(archive.name)))
    elif files:
        st.caption(_("{count} photos from a folder").format(count=number(len(files))))
    return archive or files or None


@part
def show_upload() -> None:
    """Show the upload."""
    st.markdown(
        _(
            "Give a table of up to {rows} products: each gets its type, how sure the models are, "
            "and whether someone should look at it."
        ).format(rows=number(settings().catalogue_rows))
    )
    for key, name in st.session_state.get("catalogues", {}).items():
        st.page_link(
            "catalogue/classify/page.py",
            label=_("Back to {name}").format(name=escape_markdown(name)),
            icon=":material/history:",
            query_params={"job": key},
        )
    given = st.file_uploader(
        _("Table of products: CSV, Excel, JSON or Parquet"),
        [suffix.lstrip(".") for suffix in SUFFIXES],
        max_upload_size=settings().catalogue_mb,
    )
    if given is None:
        _show_sample()
        return
    layout, rows = show_table(given.name, given.getbuffer(), given.file_id)
    photos = _choose_photos()
    if not set(layout.columns) & set(TELLING_FIELDS):
        st.info(_("Choose at least the column of the title, the description or the photo."))
        return
    if st.button(
        ngettext("Classify {rows} product", "Classify {rows} products", rows).format(
            rows=number(rows)
        ),
        type="primary",
        icon=":material/play_arrow:",
    ):
        try:
            start_job(given.name, given.getvalue(), layout, photos)
        except CatalogError as error:
            show_error(error)
