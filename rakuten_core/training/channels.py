"""What the channels of the image network answer to: of each type the strongest, and what excites
them.

Olah et al., The Building Blocks of Interpretability (2018). The pictures are means over patches of
several products: none shows a photo of the catalogue.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core.errors import CatalogError
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.inference.models.image_network import ImageNetwork, LinearHead
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES
from rakuten_core.training.context import Context
from rakuten_core.training.feature_cache import photo_features

CHANNELS_PER_TYPE = 3
PATCHES_OF_A_MEAN = 16
"""Products whose patches a mean is made of: none of them can be recognised in it."""
_TEST_PHOTOS = 8
_PATCH_SHARE = 0.4
_PATCH_SIDE = 64


def channel_tables(
    context: Context, network: ImageNetwork
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the tables of the strongest channels of each type, and facts about them.

    A channel is strong for a type where its photos excite it more than others do and the head
    counts that in the type's favour: the product of both is what it adds to the log-odds.

    Args:
        context: products, and a work folder where the network's features are kept.
        network: with a linear head.

    Raises:
        CatalogError: there are not enough photos to learn from.
    """
    products = context.readable("image").reset_index(drop=True)
    pooled = photo_features(context, network, products)
    test = (products["split"] == "test").to_numpy()
    if (~test).sum() < PATCHES_OF_A_MEAN:
        raise CatalogError(
            _("At least {count} photos are needed to see what excites a channel.").format(
                count=PATCHES_OF_A_MEAN
            )
        )
    channels = _strongest(network, pooled[~test], products.loc[~test, "prdtypecode"].to_numpy())
    means, seen = [], []
    for channel in tqdm(np.unique(channels["channel"]), desc=_("Channels"), unit="channel"):
        order = np.argsort(-pooled[:, channel], kind="stable")
        learnt = products.loc[order[~test[order]][:PATCHES_OF_A_MEAN], "photo"]
        patches = [_patch(context, network, name, channel)[0] for name in learnt]
        means.append(np.rint(np.mean(patches, axis=0)).astype(np.uint8))
        for row in order[test[order]][:_TEST_PHOTOS]:
            where = _patch(context, network, products.loc[row, "photo"], channel)[1]
            seen.append([channel, products.loc[row, "productid"], *where, pooled[row, channel]])
    tables = {
        "channels.parquet": channels,
        "channel_photos.parquet": pd.DataFrame(
            seen, columns=["channel", "productid", "left", "top", "activation"]
        ).astype({"channel": "int16", "activation": "float32"}),
        "channel_patches.npz": {
            "channels": np.unique(channels["channel"]).astype(np.int16),
            "patches": np.stack(means),
        },
    }
    facts = {
        "rows": int((~test).sum()),
        "model": network.name,
        "run": context.assets.model(network.name).manifest["run"],
        "patches_of_a_mean": PATCHES_OF_A_MEAN,
        "patch_share": _PATCH_SHARE,
    }
    return tables, facts


def _strongest(network: ImageNetwork, pooled: np.ndarray, codes: np.ndarray) -> pd.DataFrame:
    """Return the strongest channels of each type: `code`, `channel`, `gain` in log-odds."""
    assert isinstance(network.head, LinearHead)
    overall = pooled.mean(axis=0)
    weights = network.head.coefficients_ - network.head.coefficients_.mean(axis=1, keepdims=True)
    rows = []
    for position, code in enumerate(CODES):
        if not (codes == code).any():
            continue
        gains = (pooled[codes == code].mean(axis=0) - overall) * weights[:, position]
        best = np.argsort(-gains, kind="stable")[:CHANNELS_PER_TYPE]
        rows += [(code, channel, gains[channel]) for channel in best]
    table = pd.DataFrame(rows, columns=["code", "channel", "gain"])
    return table.astype({"code": "int16", "channel": "int16", "gain": "float32"})


def _patch(
    context: Context, network: ImageNetwork, name: str, channel: int
) -> tuple[np.ndarray, tuple[float, float]]:
    """Return the part of a photo that excites a channel most, and where it is.

    Returns:
        float32 (64, 64, 3), and its left and top edge as shares of the square photo.
    """
    picture = decode_image(context.catalog.photos.read(name))
    features = network.look(picture).features[:, :, channel]
    row, column = np.unravel_index(features.argmax(), features.shape)
    side = round(_PATCH_SIDE / _PATCH_SHARE)
    edges = [
        int(np.clip(round((place + 0.5) / size * side - _PATCH_SIDE / 2), 0, side - _PATCH_SIDE))
        for place, size in zip((row, column), features.shape, strict=True)
    ]
    top, left = edges
    square = to_square(picture, side).astype(np.float32)
    return square[top : top + _PATCH_SIDE, left : left + _PATCH_SIDE], (left / side, top / side)
