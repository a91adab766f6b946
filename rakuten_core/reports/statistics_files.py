"""The files of `assets/statistics/`, read once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from rakuten_core.assets import STATISTICS_FOLDER, STATISTICS_MANIFEST, Assets, read_table
from rakuten_core.errors import AssetError
from rakuten_core.files import read_json, sha256_of
from rakuten_core.language import _


def statistics_of(assets: Assets) -> dict[str, dict[str, Any]]:
    """Return the manifest's entry of each part that has been computed; see `statistics_facts`.

    Raises:
        AssetError: the manifest is damaged.
    """
    path = assets.root / STATISTICS_FOLDER / STATISTICS_MANIFEST
    return read_json(path) if path.is_file() else {}


def statistics_facts(assets: Assets, part: str) -> dict[str, Any]:
    """Return the manifest's entry of a part: `rows`, `date`, `fingerprint`, `files` and settings.

    Raises:
        AssetError: the part has not been computed.
    """
    entry = statistics_of(assets).get(part)
    if entry is None:
        raise AssetError(
            _(
                "There are no statistics of the {part} in {folder}. Compute them: python -m "
                "rakuten_core explore --data DIR --parts {part}"
            ).format(part=part, folder=assets.root)
        )
    return entry


def statistics_file(assets: Assets, part: str, name: str) -> Path:
    """Return a file of a part, held against the SHA-256 that the manifest says.

    Raises:
        AssetError: the part has not been computed, or the file is missing or not what was written.
    """
    said = statistics_facts(assets, part).get("files", {}).get(name)
    path = assets.root / STATISTICS_FOLDER / name
    found = _digest(path, path.stat().st_mtime_ns) if path.is_file() else None
    if found != said or said is None:
        raise AssetError(
            _(
                "{path} is not what was computed. Restore it from the repository, or compute it "
                "again: python -m rakuten_core explore --data DIR --parts {part}"
            ).format(path=path, part=part)
        )
    return path


@lru_cache(maxsize=64)
def _digest(path: Path, modified: int) -> str:
    return sha256_of(path)


def statistics_table(assets: Assets, part: str, name: str) -> pd.DataFrame:
    """Return a table of a part; it may be changed.

    Raises:
        AssetError: the part has not been computed, or the table is damaged.
    """
    path = statistics_file(assets, part, name)
    return _read(path, path.stat().st_mtime_ns).copy(deep=False)


@lru_cache(maxsize=16)
def _read(path: Path, modified: int) -> pd.DataFrame:
    return read_table(path)
