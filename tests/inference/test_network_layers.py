import numpy as np
import pytest

from rakuten_core.errors import AssetError, ImageError
from rakuten_core.inference.models.image_network import network_path
from rakuten_core.inference.models.transformer import SPECIAL, TextTransformer
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
    pieces = ["▁piscine", "▁spa", "▁the", "▁12", "▁Thé", "s", "▁roman"]
    model = TextTransformer([*SPECIAL, *pieces], [-1.0] * (len(SPECIAL) + len(pieces)), 8)
    vectors = [[1, 0], [0.9, 0.1], [1, 0.05], [1, 0], [1, 0.04], [1, 0], [0, 1]]
    model.set_weights(
        np.concatenate([np.zeros((len(SPECIAL), 2)), vectors]).astype(np.float32),
        np.zeros((8, 2), np.float32),
        None,
        (np.zeros((2, 27), np.float32), np.zeros(27, np.float32)),
    )
    return WordNeighbours(model)


def test_close_words_come_first_and_numbers_and_parts_of_words_never(words):
    assert len(words) == 5
    found = words.nearest("Piscine", 3)
    assert [each.word for each in found] == ["spa", "Thé", "roman"]
    assert found[0].similarity == pytest.approx(1, abs=0.02) and found[-1].similarity < 0


def test_case_and_accents_do_not_matter(words):
    assert words.nearest("THE", 1) == words.nearest("the", 1) == words.nearest("un thé", 1)


def test_a_word_that_is_not_known_has_no_neighbours(words):
    assert words.nearest("xyz") is None and words.nearest("") is None
