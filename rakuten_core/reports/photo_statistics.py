"""Figures of the photos by type, and their mean and variance images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import Image

from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError
from rakuten_core.files import read_arrays
from rakuten_core.images.measures import variance_kept
from rakuten_core.language import N_, _
from rakuten_core.reports.statistics_files import (
    statistics_file,
    statistics_table,
)
from rakuten_core.taxonomy import CODES, Domain, ProductType, types_by_domain

PHOTO_MEASURES = {
    "white_ratio": N_("White ratio"),
    "brightness": N_("Brightness"),
    "contrast": N_("Contrast"),
    "sharpness": N_("Sharpness"),
    "aspect_ratio": N_("Aspect ratio of the content"),
    "content_share": N_("Share of the photo taken by the content"),
    "kilobytes": N_("File size, kB"),
}


def photos(assets: Assets) -> pd.DataFrame:
    """Return the figures of each photo: `productid`, `code` and those of `PhotoStatistics`."""
    return statistics_table(assets, "images", "photos.parquet")


@dataclass(frozen=True)
class Moments:
    """Mean and variance of the photos, per type in the order of `CODES` and, last, over all.

    Attributes:
        counts: photos, (28,).
        mean: uint8 (28, side, side, 3).
        variance: mean over the three colours, in levels squared, float64 (28, side, side).
    """

    counts: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


def moments(assets: Assets) -> Moments:
    """Return the mean and variance images."""
    path = statistics_file(assets, "images", "moments.npz")
    arrays = read_arrays(path)
    if missing := {"counts", "mean", "variance"} - set(arrays):
        raise AssetError(
            _("{path} lacks {missing}. Compute it again.").format(
                path=path, missing=", ".join(sorted(missing))
            )
        )
    return Moments(arrays["counts"], arrays["mean"], arrays["variance"].astype(np.float64))


def photo_quantiles(assets: Assets, measure: str, order: str = "code") -> pd.DataFrame:
    """Return quantiles of a measure by product type.

    Args:
        assets: where the statistics are.
        measure: of `PHOTO_MEASURES`.
        order: `code`, `domain`, or `median` with the highest first.

    Returns:
        A table by code with `q05`, `q25`, `median`, `q75`, `q95` and `photos`.
    """
    grouped = photos(assets).groupby("code")[measure]
    found = grouped.quantile([0.05, 0.25, 0.5, 0.75, 0.95]).unstack()
    found.columns = ["q05", "q25", "median", "q75", "q95"]
    found = found.assign(photos=grouped.size())
    if order == "median":
        return found.sort_values("median", ascending=False)
    if order == "domain":
        return found.reindex([each.code for each in types_by_domain()]).dropna()
    return found


def mean_colours(assets: Assets) -> pd.DataFrame:
    """Return the mean `red`, `green` and `blue` (0 to 255) of each type's photos, by code."""
    return photos(assets).groupby("code")[["red", "green", "blue"]].mean()


@dataclass(frozen=True)
class MeanPicture:
    """A picture that stands for the photos of a type, or for all (`product_type` None)."""

    product_type: ProductType | None
    photos: int
    picture: Image.Image


def mean_pictures(
    assets: Assets, domain: Domain | None = None, variance: bool = False, side: int = 150
) -> list[MeanPicture]:
    """Return the mean image of all photos and of each type's; types without photos are left out.

    Args:
        assets: where the statistics are.
        domain: whose types; None for all.
        variance: show where photos differ (standard deviation, scaled to the largest) instead.
        side: of the pictures, in pixels.
    """
    found = moments(assets)
    strongest = np.sqrt(found.variance.max())
    chosen = [each for each in types_by_domain() if domain in (None, each.domain)]
    result = []
    for each in (None, *chosen):
        row = len(CODES) if each is None else CODES.index(each.code)
        if not found.counts[row]:
            continue
        if variance:
            levels = np.sqrt(found.variance[row]) / strongest
            picture = Image.fromarray((255 * levels).astype(np.uint8))
        else:
            picture = Image.fromarray(found.mean[row])
        resized = picture.resize((side, side), Image.Resampling.BICUBIC)
        result.append(MeanPicture(each, int(found.counts[row]), resized))
    return result


def crop_curve(variance: np.ndarray) -> pd.DataFrame:
    """Return which share of variance and of pixels each crop from 0 to 60 % keeps.

    Args:
        variance: (side, side), of each pixel over many photos.

    Returns:
        A table with `crop`, `variance` and `pixels`, all from 0 to 1.
    """
    crops = np.arange(0, 61, 5) / 100
    kept = [variance_kept(variance, crop) for crop in crops]
    return pd.DataFrame({"crop": crops, "variance": kept, "pixels": (1 - crops) ** 2})


def extreme_photos(
    assets: Assets, measure: str, codes: Sequence[int], lowest: bool
) -> pd.DataFrame:
    """Return the photos of some types by a measure, the most extreme first.

    Args:
        assets: where the statistics are.
        measure: of `PHOTO_MEASURES`.
        codes: the types.
        lowest: whether the lowest come first; else the highest.

    Returns:
        A table with `productid`, the type's `code` and the measure's `value`.
    """
    table = photos(assets)
    table = table[table["code"].isin(codes)].sort_values(measure, ascending=lowest)
    return pd.DataFrame(
        {
            "productid": table["productid"].to_numpy(),
            "code": table["code"].to_numpy(),
            "value": table[measure].to_numpy(),
        }
    )
