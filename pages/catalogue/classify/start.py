"""A job made of what was uploaded."""

import shutil
import zipfile
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared.loaders import job_store
from rakuten_core.api.settings import settings
from rakuten_core.data.photo_names import is_photo_name
from rakuten_core.data.product_columns import TableLayout


def start_job(name: str, content: bytes, layout: TableLayout, photos: Any) -> None:
    """Make a job of an upload, and go to its address.

    Raises:
        CatalogError: it cannot be read.
    """
    store = job_store()
    key, folder = store.new_folder()
    try:
        (folder / f"source{Path(name).suffix.lower()}").write_bytes(content)
        _keep_photos(folder / "photos.zip", photos)
        store.create(key, name, layout, settings().catalogue_rows)
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
        pictures = [each for each in photos if is_photo_name(each.name)]
        if pictures:
            with zipfile.ZipFile(path, "w") as archive:
                for each in pictures:
                    # With its folder: two products may each have a `main.jpg`.
                    archive.writestr(each.name, each.getbuffer())
    elif photos is not None:
        path.write_bytes(photos.getbuffer())
