"""Where the products to review come from: a catalogue, or the suspicious labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared.loaders import local_catalog
from rakuten_core.bulk.jobs import Job
from rakuten_core.data.taken_files import TakenPhotos
from rakuten_core.review.queue import ReviewQueue


@st.cache_resource(show_spinner=False, max_entries=8)
def _photos(folder: Path) -> TakenPhotos:
    """Return the photos of a catalogue; the names in its ZIP file are read once."""
    return TakenPhotos(folder)


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
            reference = _photos(self.job.folder).of_row(item["row"])
            return None if reference is None else reference.read()
        catalog = local_catalog()
        name = item["photo"]
        return None if catalog is None or name is None else catalog.photos.read(name)
