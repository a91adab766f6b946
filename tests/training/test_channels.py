from dataclasses import replace

import numpy as np
import pytest

from rakuten_core.assets import Assets
from rakuten_core.data.catalog import read_catalog
from rakuten_core.data.sample import write_sample
from rakuten_core.errors import AssetError, CatalogError
from rakuten_core.reports.strongest_channels import channel_facts, channels_of
from rakuten_core.taxonomy import CODES
from rakuten_core.training.channels import channel_tables
from rakuten_core.training.context import Context
from rakuten_core.training.exploration import explore


@pytest.fixture(scope="module")
def explored(context):
    explore(context.catalog, context.assets, context.work, ["channels"])
    return context.assets


def test_each_type_has_its_strongest_channels_the_strongest_first(context, explored):
    photos = context.readable("image")
    learnt = set(photos.loc[photos["split"] != "test", "prdtypecode"])
    for code in CODES:
        found = channels_of(explored, code)
        assert len(found) == (3 if code in learnt else 0)
        gains = [channel.gain for channel in found]
        assert gains == sorted(gains, reverse=True)
    assert channel_facts(explored)["rows"] == int((photos["split"] != "test").sum())


def test_only_test_photos_are_named_and_patches_lie_inside(context, explored):
    test = set(context.products.loc[context.products["split"] == "test", "productid"])
    for channel in channels_of(explored, CODES[0]):
        assert set(channel.photos["productid"]) <= test and len(channel.photos) == 8
        edges = channel.photos[["left", "top"]].to_numpy()
        assert (edges >= 0).all() and (edges <= 0.6 + 1e-6).all()
        assert channel.photos["activation"].is_monotonic_decreasing
        assert channel.patch.shape == (64, 64, 3) and channel.patch.dtype == np.uint8


def test_channels_want_a_trained_network(catalog, tmp_path):
    with pytest.raises(AssetError, match="no trained model"):
        explore(catalog, Assets(tmp_path), tmp_path, ["channels"])


def test_too_few_photos_say_so(classifier, context, tmp_path):
    write_sample(tmp_path / "few", per_type=1, image_size=64)
    catalog = read_catalog(tmp_path / "few")
    few = Context(replace(catalog, products=catalog.products.head(8)), context.assets, tmp_path)
    with pytest.raises(CatalogError, match="At least 16 photos"):
        channel_tables(few, classifier.looking)
