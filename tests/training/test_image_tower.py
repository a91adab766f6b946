"""The fine-tuning of the last layers of CLIP's image tower, and what they learn from."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image

from rakuten_core.assets import Assets
from rakuten_core.errors import ModelError
from rakuten_core.inference.models.image_network import ImageNetwork
from rakuten_core.inference.models.model import load_model
from rakuten_core.training.context import Context
from rakuten_core.training.fitting import fine_tune
from rakuten_core.training.pretrained.clip_vision import (
    first_layers,
    last_layers,
    place_tower,
    read_tower,
)
from rakuten_core.training.runner import learn, train
from rakuten_core.training.trainers.map_batches import MapBatches
from tests.conftest import untraced


def tokens_of(photos: int, tokens: int = 7) -> SimpleNamespace:
    """Token `number` of a photo is `number` all over."""
    values = np.broadcast_to(np.arange(tokens, dtype=np.float32)[:, np.newaxis], (tokens, 3))
    return SimpleNamespace(rows=lambda rows: np.tile(values, (len(rows), 1, 1)))


def batches(kept: int | None = None, photos: int = 8, mixup: float = 0.0) -> MapBatches:
    targets = np.eye(photos, 27, dtype=np.float32)
    return MapBatches([tokens_of(photos)], np.arange(photos), targets, 4, mixup, 3, kept)


def test_a_part_of_the_tokens_is_shown_and_the_first_always():
    made = batches(kept=4)
    assert made.shape == (4, 3)
    shown = []
    for epoch in range(4):
        made.shuffle(epoch)
        for tokens, _shares in made:
            assert tokens.shape == (4, 4, 3)
            seen = tokens[0, :, 0].tolist()
            # In the order of the photo, none twice, the same of all photos of a batch.
            assert seen == sorted(set(seen)) and seen[0] == 0
            assert (tokens == tokens[:1]).all()
            shown.append(tuple(seen))
    assert len(set(shown)) > 2 and {token for seen in shown for token in seen} == set(range(7))


def test_all_tokens_are_shown_where_no_more_are_there():
    assert batches(kept=9).shape == batches().shape == (7, 3)
    (tokens, _shares), _ = batches(kept=9)
    assert tokens[0, :, 0].tolist() == list(range(7))


def test_first_and_last_layers_are_the_whole_tower():
    tower = read_tower()
    photos = np.random.default_rng(0).normal(size=(2, 64, 64, 3)).astype(np.float32)
    tokens = first_layers(tower, 64, 1)(photos)
    assert tokens.shape == (2, 1 + 4 * 4, 768)
    after = np.asarray(last_layers(tower, 1, 2, "float32")(tokens))
    places = np.asarray(place_tower(tower, 64, 2)(photos))
    assert places.shape == (2, 4, 4, 2 * 768)
    assert np.allclose(places[..., 768:].reshape(2, 16, 768), after[:, 1:], atol=1e-3)
    assert np.allclose(places[:, 2, 1, :768], after[:, 0], atol=1e-3)


def test_deeper_layers_learn_slower(tmp_path):
    """With a decay of zero only what lies after the last layer learns at all."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((7, 3))
    x = keras.layers.Dense(5, name="start")(keras.layers.Flatten()(inputs))
    for number in range(2):
        x = keras.layers.Dense(5, name=f"layer{number}")(x)
    network = keras.Model(inputs, keras.layers.Dense(27, name="head")(x))
    before = {layer.name: layer.get_weights() for layer in network.layers}
    history = fine_tune(
        network, batches(), 2, 0.01, 0.0, 0.0, tmp_path, "a network", layer_decay=0.0
    )
    moved = {
        layer.name: any(
            not np.array_equal(*pair)
            for pair in zip(before[layer.name], layer.get_weights(), strict=True)
        )
        for layer in network.layers
        if before[layer.name]
    }
    assert moved == {"start": False, "layer0": False, "layer1": False, "head": True}
    assert [set(epoch) for epoch in history] == [{"loss", "accuracy"}] * 2


@pytest.fixture(scope="module")
def trained(context, tmp_path_factory) -> Assets:
    folder = tmp_path_factory.mktemp("tower")
    options = dict(context.options) | {"kept_tokens": 0.5}
    own = Context(context.catalog, Assets(folder / "assets"), folder / "work", options=options)
    with untraced():
        assert train(own, "image_clip") == ["image_clip"]
    return own.assets


def test_the_fine_tuned_tower_answers_and_says_where_it_looks(trained):
    model = load_model(trained, "image_clip")
    assert isinstance(model, ImageNetwork)
    look = model.look(Image.new("RGB", (90, 90), (200, 30, 30)))
    assert look.features.shape == (4, 4, 2 * 768)
    assert look.probabilities.sum() == pytest.approx(1, abs=1e-5)
    # Where it looks is what the other tokens see: the first is the same at each place.
    assert np.allclose(look.features[..., :768], look.features[:1, :1, :768])
    assert look.features[..., 768:].std(axis=(0, 1)).max() > 0


def test_its_manifest_tells_what_it_learnt_and_what_rounding_cost(context, trained):
    manifest = trained.model("image_clip").manifest
    assert manifest["parameters"]["trained_blocks"] == 1 and manifest["parameters"]["levels"] == 15
    with_photo = context.readable("image")
    assert manifest["validation"]["rows"] == (with_photo["split"] == "validation").sum()
    cost = manifest["quantization"]
    assert cost["weighted_f1_before"] == pytest.approx(cost["weighted_f1_after"], abs=0.2)
    # Those of train, then those of both splits.
    assert len(trained.model("image_clip").history) == 2


def test_a_model_that_learns_in_one_go_is_named(context):
    with pytest.raises(ModelError, match="text_linear is trained in one go"):
        learn(context, "text_linear")
