"""The suspicious labels for the page, read from `assets/labels/`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError
from rakuten_core.files import read_json

FOLDER = "labels"
LABELS_FILE, MANIFEST_FILE, CHECK_FILE = "suspicious.parquet", "manifest.json", "check.json"


def facts(assets: Assets) -> dict[str, Any]:
    """Return on how many `rows` the ranking rests, with which `model`, and how many `issues`.

    Raises:
        AssetError: the labels have not been ranked.
    """
    path = assets.root / FOLDER / MANIFEST_FILE
    if not path.is_file():
        raise AssetError(
            f"The labels have not been ranked in {assets.root}. "
            "Rank them: python -m rakuten_core labels --data DIR"
        )
    return read_json(path)


def suspicious(assets: Assets) -> pd.DataFrame:
    """Return the most suspicious products, the least credible label first.

    Returns:
        A table with `productid`, `given` and `suggested` (codes), `quality`, `given_probability`,
        `suggested_probability`, `split`, `has_text` and `has_image`.

    Raises:
        AssetError: the labels have not been ranked, or the table is damaged.
    """
    facts(assets)
    path = assets.root / FOLDER / LABELS_FILE
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise AssetError(f"{path} cannot be read: {error}. Rank the labels again.") from error


def check(assets: Assets) -> dict[str, Any] | None:
    """Return what finding labels corrupted on purpose gave, or None if it was not tried."""
    path = assets.root / FOLDER / CHECK_FILE
    return read_json(path) if path.is_file() else None
