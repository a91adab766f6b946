"""Every model of the study trains, saves, loads and predicts the same on the tiny catalogue."""

import dataclasses

import keras
import numpy as np
import pytest

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.errors import AssetError
from rakuten_core.model_entry import FROM_SCRATCH
from rakuten_core.registry import REGISTRY, entry
from rakuten_core.reports.model_card import model_card
from rakuten_core.reports.model_costs import label_as_trained
from rakuten_core.training.context import Context
from rakuten_core.training.pretrained.backbones import BACKBONES, build_backbone
from rakuten_core.training.runner import (
    TrainableTrainer,
    load_trainable,
    make_trainer,
    train,
)
from rakuten_core.training.study2022.keras_training import load_network, save_network
from rakuten_core.training.trainable import TrainableModel
from tests.conftest import untraced

STUDY = [each.name for each in REGISTRY if each.family != "own"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> dict[str, str]:
    """Weights files as a user would give them; their content is random."""
    folder = tmp_path_factory.mktemp("weights")
    paths = {}
    for name in ("mobilenet_v2", "vgg16", "resnet50"):
        keras.utils.set_random_seed(0)
        build = BACKBONES[name].application
        network = build(include_top=False, weights=None, input_shape=(64, 64, 3))
        paths[name] = str(folder / f"{name}.weights.h5")
        network.save_weights(paths[name])
    return paths


@pytest.fixture(scope="module")
def context(catalog, weights, tmp_path_factory) -> Context:
    """Data, assets and work folder in which every model of the study has been trained."""
    root = tmp_path_factory.mktemp("study")
    options = {"image_size": 64, "epochs": 1, "folds": 2, "weights": weights}
    context = Context(catalog, Assets(root / "assets"), root / "work", options=options)
    with untraced():
        train(context, ",".join(STUDY))
    return context


@pytest.mark.parametrize("name", STUDY)
def test_each_model_was_trained_and_measured(context, name):
    model = context.assets.model(name)
    model.verify_files()
    manifest = model.manifest
    assert manifest["data"]["fingerprint"] == context.catalog.fingerprint
    assert model.latency["milliseconds"] > 0
    assert manifest["model_bytes"] > 0
    table = model.test_probabilities()
    assert len(table) == model.metrics["all"]["rows"]
    assert np.allclose(probability_matrix(table).sum(axis=1), 1, atol=0.01)
    assert set(table["productid"]) <= set(context.catalog.select("test")["productid"])


@pytest.mark.parametrize("name", STUDY)
def test_each_model_of_the_study_predicts_the_same_after_loading(context, name):
    model = load_trainable(context.assets, name)
    assert isinstance(model, TrainableModel)
    table = context.assets.model(name).test_probabilities()
    products = context.products.set_index("productid").loc[table["productid"]].reset_index()
    probabilities = model.predict_proba(context.answerable(products))
    assert np.allclose(probabilities, probability_matrix(table), atol=2e-3)


@pytest.mark.parametrize(
    "name", ["neural_simple", "neural_embedding", "image_lenet_50", "fusion_concat_embedding_50"]
)
def test_networks_keep_their_history(context, name):
    (epoch,) = context.assets.model(name).history
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(epoch)


def test_no_model_answers_from_noise(context, monkeypatch):
    """Without given weights and without a download there is an error, and no score."""

    def refuse(**_):
        raise OSError("no network")

    offline = dataclasses.replace(BACKBONES["vgg16"], application=refuse)
    monkeypatch.setitem(BACKBONES, "vgg16", offline)
    without = Context(context.catalog, context.assets, context.work, options={"image_size": 64})
    with pytest.raises(AssetError, match=r"vgg16 cannot be downloaded.*--weights vgg16=FILE"):
        train(without, "image_vgg16_224", force=True)
    context.assets.model("image_vgg16_224").verify_files()


@pytest.mark.parametrize("name", ["mobilenet_v2", "vgg16", "resnet50"])
def test_weights_that_are_given_arrive(context, name):
    """Keras warns that layers inside containers keep their new weights: none does."""
    keras.utils.set_random_seed(0)
    saved = BACKBONES[name].application(include_top=False, weights=None, input_shape=(64, 64, 3))
    keras.utils.set_random_seed(1)
    loaded = build_backbone(name, 64, context.options["weights"][name])
    for given, found in zip(saved.get_weights(), loaded.get_weights(), strict=True):
        assert np.array_equal(given, found)


def test_a_network_is_loaded_as_it_was_saved(tmp_path):
    keras.utils.set_random_seed(0)
    inside = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    inputs = keras.Input((4,))
    network = keras.Model(inputs, keras.layers.Dense(2)(inside(inputs)))
    save_network(network, tmp_path / "network.keras")
    loaded = load_network(tmp_path / "network.keras")
    for given, found in zip(network.get_weights(), loaded.get_weights(), strict=True):
        assert np.array_equal(given, found)


def test_a_residual_network_without_weights_is_trained_from_scratch(small_catalog, tmp_path):
    options = {"image_size": 32, "epochs": 1}
    context = Context(
        small_catalog, Assets(tmp_path / "assets"), tmp_path / "work", options=options
    )
    with untraced():
        train(context, "image_resnet50")
    manifest = context.assets.model("image_resnet50").manifest
    assert manifest["parameters"]["weights"] == FROM_SCRATCH
    assert manifest["parameters"]["image_size"] == 32
    assert "no pre-trained weights" in model_card(context.assets, "image_resnet50")
    label = label_as_trained(context.assets, entry("image_resnet50"))
    assert label == "ResNet50 (photo), from scratch on 32 pixels"
    (epoch,) = context.assets.model("image_resnet50").history
    assert epoch["loss"] > 0


def test_weights_of_another_network_are_refused(context):
    weights = context.options["weights"]
    with pytest.raises(AssetError, match="does not hold the weights of resnet50"):
        build_backbone("resnet50", 64, weights["vgg16"])


def test_options_reach_the_models_that_know_them(context):
    trainer = make_trainer(
        entry("image_mobilenet_224"), {"crop": 0.1, "unfreeze": 3, "epochs": 4, "unknown": 1}
    )
    assert isinstance(trainer, TrainableTrainer)
    parameters = trainer.parameters()
    assert (parameters["crop"], parameters["unfreeze"], parameters["epochs"]) == (0.1, 3, 4)


def test_the_whole_network_can_be_tuned(context, small_catalog, tmp_path):
    """Unfreezing and augmenting train end to end, and change the backbone that is saved."""
    options = {**context.options, "unfreeze": 3, "augment": True, "image_size": 32}
    tuned = Context(small_catalog, Assets(tmp_path / "assets"), tmp_path / "work", options=options)
    assert train(tuned, "image_efficientnet_lite0_224") == ["image_efficientnet_lite0_224"]
    model = tuned.assets.model("image_efficientnet_lite0_224")
    model.verify_files()
    assert len(model.history) == 2
    shipped = tuned.work / "networks"
    backbone = (model.folder / "backbone.tflite").read_bytes()
    assert all(path.read_bytes() != backbone for path in shipped.glob("*-32-*.tflite"))
