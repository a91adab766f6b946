"""A job made of what was uploaded."""

import shutil
import zipfile
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared.loaders import job_store
from rakuten_core.api.settings import settings
from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS


def start_job(name: str, content: bytes, columns: dict[str, str], photos: Any) -> None:
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
