"""The strongest channels of the image network, and what excites them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.files import read_arrays
from rakuten_core.reports.statistics_files import (
    statistics_facts,
    statistics_file,
    statistics_table,
)


@dataclass(frozen=True)
class Channel:
    """A channel that is strong for a type.

    Attributes:
        number: of the channel.
        gain: what it adds on average to the type's log-odds, for photos of the type.
        patch: mean of the patches that excite it most, uint8 (64, 64, 3).
        photos: test products that excite it most: `productid`, `left`, `top` (the patch's edges, as
            shares of the square photo), `activation`.
    """

    number: int
    gain: float
    patch: np.ndarray
    photos: pd.DataFrame


def channels_of(assets: Assets, code: int) -> list[Channel]:
    """Return the strongest channels of a type, the strongest first.

    Raises:
        AssetError: they have not been computed, or are damaged.
    """
    table = statistics_table(assets, "channels", "channels.parquet")
    seen = statistics_table(assets, "channels", "channel_photos.parquet")
    arrays = read_arrays(statistics_file(assets, "channels", "channel_patches.npz"))
    places = {int(channel): place for place, channel in enumerate(arrays["channels"])}
    return [
        Channel(
            number=int(row.channel),
            gain=float(row.gain),
            patch=arrays["patches"][places[int(row.channel)]],
            photos=seen[seen["channel"] == row.channel].reset_index(drop=True),
        )
        for row in table[table["code"] == code].itertuples()
    ]


def channel_facts(assets: Assets) -> dict:
    """Return on how many photos (`rows`) of which `model` the channels were chosen.

    Raises:
        AssetError: they have not been computed.
    """
    return statistics_facts(assets, "channels")
