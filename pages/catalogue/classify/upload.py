"""The upload: a table, which of its columns are what, and photos."""

import shutil
import zipfile
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import streamlit as st

from pages.catalogue.classify.sample import sample_files
from pages.shared.loaders import job_store
from pages.shared.part import part, show_error
from rakuten_core.api.settings import settings
from rakuten_core.data.product_columns import PRODUCT_FIELDS, check_columns, find_columns
from rakuten_core.data.tables import SUFFIXES, Table, open_table
from rakuten_core.errors import CatalogError
from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS
from rakuten_core.language import N_, _, number

_PREVIEW_ROWS = 5
_PREVIEW_LETTERS = 120
_SEPARATORS = {
    ",": N_("commas"),
    ";": N_("semicolons"),
    "\t": N_("tabs"),
    "|": N_("bars"),
}


def _start(name: str, content: bytes, columns: dict[str, str], photos: Any) -> None:
    """Make a job of an upload, and go to its address.

    Raises:
        CatalogError: it cannot be read.
    """
    store = job_store()
    key, folder = store.new_folder()
    try:
        (folder / f"source{Path(name).suffix.lower()}").write_bytes(content)
        _keep_photos(folder / "photos.zip", photos)
        store.create(key, name, columns, settings().catalogue_rows)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    st.session_state.setdefault("catalogues", {})[key] = name
    st.query_params["job"] = key
    st.rerun(scope="app")


def _keep_photos(path: Path, photos: Any) -> None:
    """Write photos, a ZIP file or the files of a folder, as one ZIP file."""
    if isinstance(photos, bytes):
        path.write_bytes(photos)
    elif isinstance(photos, list):
        pictures = [
            each
            for each in photos
            if Path(each.name).suffix.lower().lstrip(".") in ACCEPTED_EXTENSIONS
        ]
        if pictures:
            with zipfile.ZipFile(path, "w") as archive:
                for each in pictures:
                    archive.writestr(Path(each.name).name, each.getbuffer())
    elif photos is not None:
        path.write_bytes(photos.getbuffer())


def _show_sample() -> None:
    table, photos = sample_files()
    with st.container(horizontal=True):
        if st.button(_("Try it with a sample"), icon=":material/play_arrow:"):
            columns = {
                name: name for name in ("designation", "description", "productid", "imageid")
            }
            _start("sample.csv", table, columns, photos)
        st.download_button(
            _("Download the sample"),
            table,
            "sample.csv",
            "text/csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


def _describe(table: Table, rows: int) -> str:
    """Say what was found out about a table."""
    facts = [_("{rows} products").format(rows=number(rows))]
    if table.encoding:
        facts.append(_("read as {encoding}").format(encoding=table.encoding))
    if table.separator:
        facts.append(
            _("separated by {separator}").format(separator=_(_SEPARATORS[table.separator]))
        )
    return ", ".join(facts)


def _show_preview(table: Table) -> None:
    rows = [
        {name: _short(row.values.get(name)) for name in table.columns}
        for row in islice(table.rows(), _PREVIEW_ROWS)
    ]
    st.dataframe(pd.DataFrame(rows, columns=table.columns), hide_index=True, height="content")


def _short(value: Any) -> str:
    if isinstance(value, (bytes, dict)):
        return _("(a picture)")
    return "" if value is None else str(value)[:_PREVIEW_LETTERS]


def _choose_columns(table: Table) -> dict[str, str]:
    """Show which column is what, and return the choice."""
    found, chosen = find_columns(table.columns), dict[str, str]()
    st.markdown(_("**Which column is what?**"))
    places = st.columns(3)
    for place, (field, label) in enumerate(PRODUCT_FIELDS.items()):
        column = places[place % 3].selectbox(
            _(label),
            table.columns,
            index=table.columns.index(found[field]) if field in found else None,
            placeholder=_("None"),
            key=f"column-{field}-{hash(table.columns)}",
        )
        if column is not None:
            chosen[field] = column
    return chosen


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
            label=_("Back to {name}").format(name=name),
            icon=":material/history:",
            query_params={"job": key},
        )
    given = st.file_uploader(
        _("Table of products: CSV, Excel or Parquet"),
        [suffix.lstrip(".") for suffix in SUFFIXES],
        max_upload_size=settings().catalogue_mb,
    )
    if given is None:
        _show_sample()
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / Path(given.name).name
        path.write_bytes(given.getbuffer())
        try:
            table = open_table(path)
            rows = table.count()
            st.caption(_describe(table, rows))
            _show_preview(table)
        except CatalogError as error:
            raise CatalogError(str(error).replace(f"{folder}/", "")) from error
    columns = _choose_columns(table)
    photos = _choose_photos()
    try:
        check_columns(table, columns)
    except CatalogError:
        st.info(_("Choose at least the column of the title, the description or the photo."))
        return
    if st.button(
        _("Classify {rows} products").format(rows=number(rows)),
        type="primary",
        icon=":material/play_arrow:",
    ):
        try:
            _start(given.name, given.getvalue(), columns, photos)
        except CatalogError as error:
            show_error(error)
