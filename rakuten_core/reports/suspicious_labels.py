"""The suspicious labels for the page, read from `assets/labels/`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from rakuten_core.assets import (
    LABELS_CHECK,
    LABELS_FILE,
    LABELS_FOLDER,
    LABELS_MANIFEST,
    Assets,
    read_table,
)
from rakuten_core.errors import AssetError
from rakuten_core.files import read_json
from rakuten_core.language import _
from rakuten_core.taxonomy import PRODUCT_TYPES


def label_facts(assets: Assets) -> dict[str, Any]:
    """Return on how many `rows` the ranking rests, with which `model`, and how many `issues`.

    Raises:
        AssetError: the labels have not been ranked.
    """
    path = assets.root / LABELS_FOLDER / LABELS_MANIFEST
    if not path.is_file():
        raise AssetError(
            _(
                "The labels have not been ranked in {folder}. Rank them: python -m rakuten_core "
                "labels --data DIR"
            ).format(folder=assets.root)
        )
    return read_json(path)


def suspicious(
    assets: Assets,
    given: Collection[int] = (),
    suggested: Collection[int] = (),
    across: bool = False,
) -> pd.DataFrame:
    """Return the most suspicious products, the least credible label first.

    Args:
        assets: where the ranking is.
        given: only products with these given codes; all without.
        suggested: only products with these suggested codes; all without.
        across: only where the two types are of different domains.

    Returns:
        A table with `productid`, `given` and `suggested` (codes), `quality`, `given_probability`,
        `suggested_probability`, `split`, `has_text` and `has_image`.

    Raises:
        AssetError: the labels have not been ranked, or the table is damaged.
    """
    label_facts(assets)
    path = assets.root / LABELS_FOLDER / LABELS_FILE
    table = read_table(path)
    if given:
        table = table[table["given"].isin(given)]
    if suggested:
        table = table[table["suggested"].isin(suggested)]
    if across:
        domains = {each.code: each.domain for each in PRODUCT_TYPES}
        table = table[table["given"].map(domains) != table["suggested"].map(domains)]
    return table


def label_check(assets: Assets) -> dict[str, Any] | None:
    """Return what finding labels corrupted on purpose gave, or None if it was not tried."""
    path = assets.root / LABELS_FOLDER / LABELS_CHECK
    return read_json(path) if path.is_file() else None


def label_staleness(assets: Assets) -> str | None:
    """Return why the ranking is stale, or None: its model is gone or has been trained again.

    Raises:
        AssetError: the labels have not been ranked.
    """
    facts = label_facts(assets)
    name = facts["model"]
    if "run" not in facts:
        return _("it rests on `{name}`, whose run was not recorded with it").format(name=name)
    trained = {model.name: model for model in assets.models()}
    if name not in trained or trained[name].manifest["run"] != facts["run"]:
        return _("`{name}`, which it rests on, has been trained again").format(name=name)
    return None
