"""The files of `assets/statistics/`, read once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from rakuten_core.assets import STATISTICS_FOLDER, STATISTICS_MANIFEST, Assets, read_table
from rakuten_core.errors import AssetError
from rakuten_core.files import read_json
from rakuten_core.language import _


def statistics_facts(assets: Assets, part: str) -> dict[str, Any]:
    """Return the manifest's entry of a part: `rows`, `date`, `fingerprint` and settings.

    Raises:
        AssetError: the part has not been computed.
    """
    path = assets.root / STATISTICS_FOLDER / STATISTICS_MANIFEST
    entry = read_json(path).get(part) if path.is_file() else None
    if entry is None:
        raise AssetError(
            _(
                "There are no statistics of the {part} in {folder}. Compute them: python -m "
                "rakuten_core explore --data DIR --parts {part}"
            ).format(part=part, folder=assets.root)
        )
    return entry


def statistics_table(assets: Assets, part: str, name: str) -> pd.DataFrame:
    """Return a table of a part; it may be changed.

    Raises:
        AssetError: the part has not been computed, or the table is damaged.
    """
    statistics_facts(assets, part)
    path = assets.root / STATISTICS_FOLDER / name
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0).copy(deep=False)


@lru_cache(maxsize=16)
def _read(path: Path, modified: int) -> pd.DataFrame:
    return read_table(path)
