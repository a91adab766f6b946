"""What the limits of a cascade trade: quality against milliseconds, on the validation split."""

from __future__ import annotations

import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError

_MEASURES = ("milliseconds", "weighted_f1", "automatic_share", "rows")


def cascade_trade(assets: Assets, name: str = "cascade") -> pd.DataFrame:
    """Return what each candidate for the limits gives.

    Returns:
        A table with `tolerance` (weighted F1 that may be lost for each kind of product),
        `milliseconds` and `weighted_f1` (means over the validation products), `automatic_share`
        (of these, sorted with 95 % right answers; missing before version 2 of the method), `rows`,
        `chosen`, and for each stage, by its name, the share of the products that leave there; the
        last row is the last stage alone. Empty if the cascade has not been trained.
    """
    try:
        manifest = assets.model(name).manifest
    except AssetError:
        return pd.DataFrame()
    parameters, alone = manifest["parameters"], manifest["last_stage_alone"]
    stages = list(manifest["below"])
    rows = [
        {key: each.get(key) for key in ("tolerance", *_MEASURES)}
        | each["shares"]
        | {"chosen": each["tolerance"] == parameters["tolerance"]}
        for each in manifest["candidates"]
    ]
    rows.append(
        {"tolerance": None, "chosen": False}
        | {key: alone.get(key) for key in _MEASURES}
        | {stage: float(stage == stages[-1]) for stage in stages}
    )
    return pd.DataFrame(rows)
