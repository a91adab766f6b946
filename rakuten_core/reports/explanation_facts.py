"""Whether the reasons matter, as measured on test products."""

from __future__ import annotations

from typing import Any

from rakuten_core.assets import DELETION_FILE, EXPLANATIONS_FOLDER, Assets
from rakuten_core.files import read_json


def deletion_facts(assets: Assets) -> dict[str, Any] | None:
    """Return what `training.deletions` measured of `words` and `photo`; None if it was not run."""
    path = assets.root / EXPLANATIONS_FOLDER / DELETION_FILE
    return read_json(path) if path.is_file() else None
