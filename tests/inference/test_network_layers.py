import numpy as np
import pytest

from rakuten_core.data.products import Products
from rakuten_core.errors import AssetError, ImageError
from rakuten_core.inference.models.bayes import TextBayes
from rakuten_core.inference.models.image_network import network_path
from rakuten_core.inference.network_layers import NetworkLayers, strongest_channels
from rakuten_core.inference.word_neighbours import WordNeighbours
from rakuten_core.presentation.feature_images import filter_sheet, map_image
from rakuten_core.reports.examples import example


@pytest.fixture(scope="module")
def looking(classifier):
    return classifier.looking


@pytest.fixture(scope="module")
def layers(context, looking):
    return NetworkLayers(network_path(context.assets.model(looking.name).folder), looking)


@pytest.fixture(scope="module")
def picture():
    return example("Swimming pool").picture


def test_the_deepest_map_is_the_one_that_is_answered_from(layers, looking, picture):
    found = layers.layers(picture)
    sizes = [layer.size for layer in found]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == len(sizes)
    # Kept tensors are computed without the fused kernels: rounding may fall otherwise.
    assert found[-1].maps == pytest.approx(looking.look(picture).features, abs=0.2)
    assert np.corrcoef(found[-1].maps.ravel(), looking.look(picture).features.ravel())[0, 1] > 0.99


def test_another_crop_gives_other_maps(layers, picture):
    whole, inside = layers.layers(picture), layers.layers(picture, crop=0.4)
    assert not np.allclose(whole[0].maps, inside[0].maps)


def test_the_first_filters_read_colours(layers):
    filters = layers.filters
    assert filters.shape == (32, 3, 3, 3)
    assert filter_sheet(filters, columns=16, side=10).size == (16 * 14 - 4, 2 * 14 - 4)


def test_what_is_no_picture_is_refused(layers):
    with pytest.raises(ImageError):
        layers.layers(b"no picture")


def test_a_missing_network_is_named(tmp_path, looking):
    with pytest.raises(AssetError, match=r"network\.tflite is missing"):
        NetworkLayers(tmp_path / "network.tflite", looking)


def test_the_strongest_channels_come_first():
    maps = np.zeros((4, 4, 3))
    maps[:, :, 2], maps[1, 1, 0] = 1, 3
    assert strongest_channels(maps, 2).tolist() == [2, 0]


def test_a_map_is_drawn_from_nothing_to_its_strongest():
    drawn = np.asarray(map_image(np.array([[-1.0, 0.0], [0.5, 2.0]]), 2))
    assert (drawn[0, 0] == 255).all() and (drawn[0, 1] == 255).all()
    assert drawn[1, 1].tolist() == [70, 0, 0]


@pytest.fixture(scope="module")
def words():
    titles = [
        *["piscine spa the"] * 3,
        *["piscine filtration"] * 3,
        *["roman policier"] * 3,
        *["roman poche 12"] * 3,
        "piscine 12",
    ]
    model = TextBayes().fit(Products.of_texts(titles), [2583] * 6 + [2403] * 6 + [2583])
    return WordNeighbours(model)


def test_words_for_the_same_type_come_first_and_numbers_never(words):
    found = [each.word for each in words.nearest("Piscines, PISCINE", 3)]
    # Words that speak for a pool, the more frequent first where they say the same.
    assert set(found) == {"spa", "the", "filtration"}
    assert words.nearest("piscine")[0].similarity == pytest.approx(1, abs=0.05)
    assert words.nearest("piscine")[-1].similarity < 0
    assert "12" not in {each.word for each in words.nearest("roman", 20)}
    assert "piscine" not in {each.word for each in words.nearest("piscine", 20)}


def test_case_and_accents_do_not_matter(words):
    assert words.nearest("THÉ", 2) == words.nearest("the", 2) == words.nearest("(thé)", 2)


def test_a_word_that_is_not_known_has_no_neighbours(words):
    assert words.nearest("xyz") is None and words.nearest("") is None
