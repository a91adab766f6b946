"""A job made of what was uploaded."""

import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared.loaders import job_store, review_database
from rakuten_core.api.settings import settings
from rakuten_core.data.photo_names import is_photo_name
from rakuten_core.data.product_columns import TableLayout
from rakuten_core.review.queue import delete_queue


def start_job(name: str, content: bytes, layout: TableLayout, photos: Any) -> None:
    """Make a job of an upload, and go to its address.

    Raises:
        CatalogError: it cannot be read.
    """
    store = job_store()
    sizes = [len(content), *(_size(each) for each in _listed(photos))]
    store.make_room(
        sum(sizes),
        settings().store_mb * 1_000_000,
        # What is to be reviewed of a catalogue holds its texts.
        lambda name: delete_queue(review_database(), name),
    )
    key, folder = store.new_folder()
    try:
        (folder / f"source{Path(name).suffix.lower()}").write_bytes(content)
        _keep_photos(folder / "photos.zip", photos)
        store.create(key, name, layout, settings().catalogue_rows, _owner())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    st.session_state.setdefault("catalogues", {})[key] = name
    st.query_params["job"] = key
    st.rerun(scope="app")


def _listed(photos: Any) -> list[Any]:
    return photos if isinstance(photos, list) else [] if photos is None else [photos]


def _size(photo: Any) -> int:
    return len(photo) if isinstance(photo, bytes) else photo.size


def _owner() -> str:
    """Return what tells visitors apart: a hash of the network's address, where it is known."""
    # The last one was added by the proxy in front of this server; the others anybody may write.
    behind_proxy = st.context.headers.get("X-Forwarded-For", "").rpartition(",")[-1].strip()
    address = behind_proxy or st.context.ip_address
    return hashlib.sha256(address.encode()).hexdigest()[:16] if address else ""


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
