"""The fine-tuning of CLIP's whole image tower, and what it learns from."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from rakuten_core import registry
from rakuten_core.assets import Assets
from rakuten_core.errors import ModelError
from rakuten_core.images.augmentation import LEAST_AREA, cut_out
from rakuten_core.inference.models.image_network import ImageNetwork
from rakuten_core.inference.models.model import load_model
from rakuten_core.training.context import Context
from rakuten_core.training.fitting import fine_tune
from rakuten_core.training.folds import learning_products
from rakuten_core.training.runner import learn, make_trainer, train
from rakuten_core.training.trainers.cut_out_batches import CutOutBatches
from tests.conftest import untraced


def photos_of_one_colour(count: int, side: int = 8) -> np.ndarray:
    """Photo `number` is `number` all over."""
    shades = np.arange(count, dtype=np.uint8)[:, np.newaxis, np.newaxis, np.newaxis]
    return np.broadcast_to(shades, (count, side, side, 3)).copy()


def batches(count: int, mixup: float = 0.0, seed: int = 3) -> CutOutBatches:
    targets = np.eye(count, 27, dtype=np.float32)
    return CutOutBatches(
        photos_of_one_colour(count), targets, 4, lambda pixels: pixels + 1, 4, mixup, seed
    )


def test_a_cut_out_holds_most_of_the_photo():
    ramp = np.tile(np.arange(100, dtype=np.uint8)[:, np.newaxis, np.newaxis], (1, 100, 3))
    generator = np.random.default_rng(0)
    heights, places = [], []
    for _ in range(50):
        shown = cut_out(Image.fromarray(ramp), 50, generator)
        assert shown.shape == (50, 50, 3) and shown.dtype == np.uint8
        # The rows of the photo tell where the cut-out starts and ends.
        heights.append(int(shown[-1, 0, 0]) - int(shown[0, 0, 0]))
        places.append(int(shown[0, 0, 0]))
    # It may be stretched by 4/3, so no edge is shorter than this.
    assert min(heights) >= 100 * (LEAST_AREA * 3 / 4) ** 0.5 - 4
    assert max(heights) > 90 and len(set(places)) > 5


def test_cut_outs_are_mirrored_now_and_then():
    ramp = np.tile(np.arange(100, dtype=np.uint8)[np.newaxis, :, np.newaxis], (100, 1, 3))
    generator = np.random.default_rng(0)
    slopes = [
        np.diff(cut_out(Image.fromarray(ramp), 20, generator)[0, [0, -1], 0].astype(int))
        for _ in range(20)
    ]
    assert {int(np.sign(slope[0])) for slope in slopes} == {-1, 1}


def test_each_photo_comes_once_in_an_epoch_and_epochs_differ():
    made = batches(8)
    assert len(made) == 2
    seen = {}
    for epoch in (0, 1):
        made.shuffle(epoch)
        drawn = list(made)
        assert [pixels.shape for pixels, _ in drawn] == [(4, 4, 4, 3)] * 2
        for pixels, shares in drawn:
            # Preprocessed, and each photo beside its own type.
            assert np.array_equal(pixels[:, 0, 0, 0] - 1, shares.argmax(axis=1))
        seen[epoch] = np.concatenate([shares.argmax(axis=1) for _, shares in drawn]).tolist()
        assert sorted(seen[epoch]) == list(range(8))
    assert seen[0] != seen[1]
    made.shuffle(0)
    assert np.concatenate([shares.argmax(axis=1) for _, shares in made]).tolist() == seen[0]


def test_mixed_cut_outs_share_their_types_alike():
    made = batches(8, mixup=5.0)
    for pixels, shares in made:
        assert np.allclose(shares.sum(axis=1), 1)
        assert np.allclose(shares @ np.arange(27), pixels[:, 0, 0, 0] - 1, atol=1e-4)


def test_deeper_layers_learn_slower(tmp_path):
    """With a decay of zero only what lies after the last layer learns at all."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4, 4, 3))
    x = keras.layers.Dense(5, name="start")(keras.layers.Flatten()(inputs))
    for number in range(2):
        x = keras.layers.Dense(5, name=f"layer{number}")(x)
    network = keras.Model(inputs, keras.layers.Dense(27, name="head")(x))
    before = {layer.name: layer.get_weights() for layer in network.layers}
    history = fine_tune(
        network, batches(8), 2, 0.01, 0.0, 0.0, tmp_path, "a network", layer_decay=0.0
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
def learnt(context, tmp_path_factory) -> Context:
    """Data, options and a work folder in which what takes long has been learnt."""
    folder = tmp_path_factory.mktemp("tower")
    options = dict(context.options) | {"epochs": 1}
    first = Context(context.catalog, Assets(folder / "first"), folder / "work", options=options)
    with untraced():
        learn(first, "image_clip")
    assert not first.assets.root.exists()
    return first


@pytest.fixture(scope="module")
def trained(learnt, tmp_path_factory) -> Assets:
    """Assets that another machine made of a copy of the work folder, without learning anew."""
    folder = tmp_path_factory.mktemp("elsewhere")
    moved = Path(shutil.copytree(learnt.work, folder / "work"))
    second = Context(learnt.catalog, Assets(folder / "assets"), moved, options=learnt.options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            keras.Model, "fit", lambda *_, **__: pytest.fail("a network was trained again")
        )
        assert train(second, "image_clip") == ["image_clip"]
    return second.assets


def test_what_was_learnt_answers_out_of_fold(learnt):
    trainer = make_trainer(registry.entry("image_clip"), learnt.options)
    products, scores = trainer.held_out(learnt)
    assert scores.shape == (len(products), 27) and set(products["split"]) == {"train", "validation"}


def test_the_fine_tuned_tower_answers_and_says_where_it_looks(learnt, trained):
    model = load_model(trained, "image_clip")
    assert isinstance(model, ImageNetwork)
    look = model.look(Image.new("RGB", (90, 90), (200, 30, 30)))
    assert look.features.shape == (4, 4, 768)
    assert look.probabilities.sum() == pytest.approx(1, abs=1e-5)
    manifest = trained.model("image_clip").manifest
    assert manifest["processes"] == 2
    learning = learning_products(learnt.readable("image"), "a photo")
    assert manifest["out_of_fold"]["rows"] == len(learning)
    cost = manifest["quantization"]
    assert cost["weighted_f1_before"] == pytest.approx(cost["weighted_f1_after"], abs=0.2)


def test_what_would_take_days_is_trained_only_where_it_is_asked_for(
    context, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(registry, "REGISTRY", (registry.entry("image_clip"),))
    fresh = Context(context.catalog, Assets(tmp_path / "assets"), tmp_path / "work")
    assert train(fresh) == []
    assert "image_clip: not trained. It would take days without a GPU" in capsys.readouterr().out


def test_a_model_that_learns_in_one_go_is_named(context):
    with pytest.raises(ModelError, match="text_linear is trained in one go"):
        learn(context, "text_linear")
