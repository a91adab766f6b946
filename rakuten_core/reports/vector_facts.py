"""What was measured of the vectors of the training products."""

from __future__ import annotations

from typing import Any

from rakuten_core.assets import VECTORS_FOLDER, VECTORS_MANIFEST, Assets
from rakuten_core.files import read_json


def vector_facts(assets: Assets) -> dict[str, Any] | None:
    """Return what `training.product_vectors` measured; None if it was not run."""
    path = assets.root / VECTORS_FOLDER / VECTORS_MANIFEST
    return read_json(path) if path.is_file() else None
