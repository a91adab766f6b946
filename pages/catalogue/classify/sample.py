"""The sample catalogue, to try the page with: every word and picture is made up."""

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from rakuten_core.data.catalog import PHOTO_FOLDERS, PRODUCT_FILES
from rakuten_core.data.sample import write_sample

_PER_TYPE = 8


@st.cache_data(show_spinner=False)
def sample_files() -> tuple[bytes, bytes]:
    """Return the table of 216 products, and the ZIP file of their photos."""
    with TemporaryDirectory() as folder:
        directory = Path(folder) / "sample"
        write_sample(directory, _PER_TYPE)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for photo in sorted((directory / "images" / PHOTO_FOLDERS["train"]).iterdir()):
                archive.write(photo, photo.name)
        return (directory / PRODUCT_FILES["train"]).read_bytes(), packed.getvalue()
