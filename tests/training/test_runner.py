import json

import numpy as np
import pytest

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.data.catalog import fold_of, read_catalog
from rakuten_core.data.photos import Photos
from rakuten_core.errors import AssetError, CatalogError, ModelError
from rakuten_core.evaluation.metrics import weighted_f1
from rakuten_core.evaluation.saved import rescore
from rakuten_core.files import key_of, write_json
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.training.checkpoints import Checkpoints
from rakuten_core.training.context import Context
from rakuten_core.training.feature_cache import CHUNK, FeatureCache
from rakuten_core.training.runner import train
from rakuten_core.training.trainers.stacked import FOLDS, StackedTrainer
from rakuten_core.training.trainers.text_linear import TextLinearTrainer
from tests.conftest import OWN


@pytest.mark.parametrize("name", OWN)
def test_each_model_leaves_a_complete_folder(context, name):
    model = context.assets.model(name)
    model.verify_files()
    manifest = model.manifest
    assert manifest["name"] == name
    assert manifest["data"]["fingerprint"] == context.catalog.fingerprint
    assert manifest["split"]["rows"]["train"] > manifest["split"]["rows"]["test"] > 0
    assert {"parameters", "libraries", "git", "hardware", "below", "options"} <= set(manifest)
    assert "test_probabilities.parquet" in manifest["files"] and len(manifest["files"]) > 1
    assert manifest["train_seconds"] > 0 and manifest["processes"] >= 1
    assert manifest["peak_memory_bytes"] > 2**20
    assert model.latency["milliseconds_95"] >= model.latency["milliseconds"] > 0
    assert model.latency["hardware"]["cores"] >= 1
    table = model.test_probabilities()
    assert model.metrics["all"]["rows"] == len(table)
    assert model.metrics["all"]["weighted_f1"] == pytest.approx(
        weighted_f1(table["prdtypecode"].to_numpy(), probability_matrix(table))
    )


def test_test_probabilities_are_of_test_products_only(context):
    test = set(context.catalog.select("test")["productid"])
    for name in OWN:
        table = context.assets.model(name).test_probabilities()
        assert set(table["productid"]) <= test
        assert np.allclose(probability_matrix(table).sum(axis=1), 1, atol=0.01)


def test_the_models_learn_from_the_tiny_catalogue(context):
    scores = {name: context.assets.model(name).metrics["all"]["weighted_f1"] for name in OWN}
    assert scores["text_linear"] > 0.8
    assert scores["image_linear"] > 0.5
    assert scores["fusion_clip"] > 0.5


def test_fusion_answers_products_that_lack_a_text_or_a_photo(context):
    table = context.assets.model("fusion_clip").test_probabilities()
    assert set(context.catalog.select("test")["productid"]) == set(table["productid"])
    assert not table["has_image"].all()
    subsets = context.assets.model("fusion_clip").metrics
    parts = [subsets.get(part, {"rows": 0}) for part in ("with_both", "text_only", "image_only")]
    assert sum(part["rows"] for part in parts) == subsets["all"]["rows"]


def test_measures_are_made_again_from_the_saved_probabilities(context):
    model = context.assets.model("image_linear")
    before = model.metrics
    write_json(model.folder / "metrics.json", {})
    assert rescore(context.assets, "image_linear").keys() == before.keys()
    again = context.assets.model("image_linear")
    again.verify_files()
    assert again.metrics["all"]["accuracy"] == before["all"]["accuracy"]


def test_what_is_up_to_date_is_not_trained_again(context):
    assert train(context, "fusion_clip") == []


def test_what_a_model_needs_is_trained_before_it(context, tmp_path):
    """The stacked text model needs two others, which are not asked for."""
    fresh = Context(
        context.catalog, Assets(tmp_path / "assets"), context.work, options={"epochs": 1}
    )
    names = ["text_linear", "text_bayes", "text_stacked"]
    assert train(fresh, "text_stacked") == names
    assert train(fresh, "text_stacked") == []


def test_out_of_fold_fusion_never_learns_from_the_product_itself(context):
    """Other labels for one fold leave that fold's probabilities as they were."""
    trainer = StackedTrainer(("text_linear", "text_convolutional"), epochs=1, folds=2)
    products, before = trainer.held_out(context)
    hold = np.array([fold_of(each, FOLDS) == 0 for each in products["productid"]])
    shuffled = context.products.copy()
    rows = products.index[hold]
    shuffled.loc[rows, "prdtypecode"] = shuffled.loc[rows, "prdtypecode"].to_numpy()[::-1]
    changed = Context(context.catalog, context.assets, context.work, options=context.options)
    vars(changed)["products"] = shuffled
    _, after = trainer.held_out(changed)
    assert np.allclose(before[hold], after[hold])
    assert not np.allclose(before[~hold], after[~hold])


def test_a_damaged_file_is_trained_again(context, tmp_path):
    fresh = Context(context.catalog, Assets(tmp_path / "assets"), context.work)
    assert train(fresh, "text_linear") == ["text_linear"]
    path = fresh.assets.model("text_linear").folder / "text_linear.npz"
    path.write_bytes(b"damaged")
    with pytest.raises(AssetError, match="SHA-256"):
        fresh.assets.model("text_linear").verify_files()
    assert train(fresh, "text_linear") == ["text_linear"]
    fresh.assets.model("text_linear").verify_files()


def test_the_same_seed_gives_the_same_model(context, tmp_path):
    again = Context(context.catalog, Assets(tmp_path / "assets"), tmp_path / "work")
    train(again, "text_linear")
    first, second = (
        probability_matrix(each.assets.model("text_linear").test_probabilities())
        for each in (context, again)
    )
    assert np.array_equal(first, second)


def test_an_interrupted_training_goes_on_where_it_was(context, tmp_path, monkeypatch):
    """Interrupt after two of five folds; the next run computes only the other three."""
    fits: list[int] = []
    fit = TextLinear.fit

    def counting_fit(self, products, codes):
        if len(fits) == limit:
            raise KeyboardInterrupt
        fits.append(len(products))
        return fit(self, products, codes)

    monkeypatch.setattr(TextLinear, "fit", counting_fit)
    fresh = Context(context.catalog, Assets(tmp_path / "assets"), tmp_path / "work")
    limit = 2
    with pytest.raises(KeyboardInterrupt):
        train(fresh, "text_linear")
    with pytest.raises(AssetError, match="no trained model"):
        fresh.assets.model("text_linear")
    assert not list((tmp_path / "assets" / "models").iterdir())

    limit = -1
    assert train(fresh, "text_linear") == ["text_linear"]
    assert len(fits) == 2 + 3 + 1
    first, second = (
        probability_matrix(each.assets.model("text_linear").test_probabilities())
        for each in (context, fresh)
    )
    assert np.array_equal(first, second)


class StubNetwork:
    """Stands for a network: its features are the mean colour."""

    image_size = 8

    def __init__(self, stop_after: int | None = None) -> None:
        self.runs = 0
        self.stop_after = stop_after

    def run(self, pixels: np.ndarray) -> np.ndarray:
        if self.runs == self.stop_after:
            raise KeyboardInterrupt
        self.runs += 1
        return pixels


def write_pictures(folder, count):
    from PIL import Image

    folder.mkdir()
    for number in range(count):
        color = (number % 256, number // 256, 0)
        Image.new("RGB", (8, 8), color).save(folder / f"{number}.png")
    return Photos(folder), [f"{number}.png" for number in range(count)]


def test_features_lose_at_most_one_chunk(tmp_path):
    photos, names = write_pictures(tmp_path / "photos", CHUNK + 20)
    cache = FeatureCache(tmp_path / "cache")
    with pytest.raises(KeyboardInterrupt):
        cache.features(photos, names, StubNetwork(CHUNK + 10), "stub", lambda pixels: pixels)
    network = StubNetwork()
    features = cache.features(photos, names, network, "stub", lambda pixels: pixels)
    assert network.runs == 20
    assert features.rows(np.array([2, 0, CHUNK])).tolist() == [[2, 0, 0], [0, 0, 0], [0, 2, 0]]
    assert len(features) == CHUNK + 20 and features.decoded.all()


def test_features_of_a_mirrored_photo_and_of_every_place(tmp_path):
    from PIL import Image

    image = Image.new("RGB", (8, 8), "black")
    image.paste((255, 0, 0), (0, 0, 4, 8))
    (tmp_path / "photos").mkdir()
    image.save(tmp_path / "photos" / "0.png")

    def first(**options):
        stored = FeatureCache(tmp_path / "cache").features(
            Photos(tmp_path / "photos"),
            ["0.png"],
            StubNetwork(),
            "stub",
            lambda pixels: pixels,
            **options,
        )
        return stored.rows(np.array([0]))[0]

    assert first().tolist() == [127.5, 0, 0]
    assert first(pool=False)[0, [0, 7], 0].tolist() == [255, 0]
    assert first(pool=False, mirror=True)[0, [0, 7], 0].tolist() == [0, 255]


def test_features_are_known_by_content_and_geometry(tmp_path):
    photos, names = write_pictures(tmp_path / "photos", 4)
    cache, network = FeatureCache(tmp_path / "cache"), StubNetwork()

    def features(crop=0.0, key="stub"):
        return cache.features(photos, names, network, key, lambda pixels: pixels, crop)

    features()
    (tmp_path / "photos" / "0.png").write_bytes((tmp_path / "photos" / "3.png").read_bytes())
    assert features().rows(np.array([0])).tolist() == [[3, 0, 0]]
    assert network.runs == 4
    features(crop=0.2)
    features(key="other")
    # Two photos have the same content by now.
    assert network.runs == 4 + 3 + 3


def test_a_photo_that_cannot_be_decoded_is_left_out_and_named(tmp_path):
    photos, names = write_pictures(tmp_path / "photos", 3)
    (tmp_path / "photos" / "1.png").write_bytes(b"broken")
    with pytest.warns(UserWarning, match=r"1\.png is left out"):
        features = FeatureCache(tmp_path / "cache").features(
            photos, names, StubNetwork(), "stub", lambda pixels: pixels
        )
    assert features.decoded.tolist() == [True, False, True]
    assert features.rows(np.array([0, 2])).tolist() == [[0, 0, 0], [2, 0, 0]]


def test_a_step_is_busy_while_it_is_computed(tmp_path):
    here, elsewhere = Checkpoints(tmp_path), Checkpoints(tmp_path)
    seen = []

    def compute() -> dict[str, np.ndarray]:
        seen.append((elsewhere.busy("step"), elsewhere.busy("another")))
        return {"values": np.arange(3)}

    here.arrays("step", compute)
    assert seen == [(True, False)] and not elsewhere.busy("step")


def test_checkpoints_are_computed_once_and_again_when_damaged(tmp_path):
    calls = []

    def compute():
        calls.append(1)
        return {"values": np.arange(3)}

    checkpoints = Checkpoints(tmp_path)
    for _ in range(2):
        assert checkpoints.arrays("step", compute)["values"].tolist() == [0, 1, 2]
    assert len(calls) == 1
    (tmp_path / "step.npz").write_bytes(b"PK half written")
    assert checkpoints.arrays("step", compute)["values"].tolist() == [0, 1, 2]
    assert len(calls) == 2


def test_keys_follow_their_facts():
    assert key_of("a", {"x": 1, "y": 2}) == key_of("a", {"y": 2, "x": 1}) != key_of("a", {"x": 1})


def test_a_catalogue_without_photos_says_so(tmp_path, sample_directory):
    for name in ("X_train_update.csv", "Y_train_CVw08PX.csv"):
        (tmp_path / name).write_bytes((sample_directory / name).read_bytes())
    bare = Context(read_catalog(tmp_path), Assets(tmp_path / "assets"), tmp_path / "work")
    with pytest.raises(ModelError, match="no product with a photo"):
        train(bare, "image_linear")
    assert train(bare, "text_linear") == ["text_linear"]


def test_products_of_one_type_cannot_train(tmp_path):
    rows = "".join(f"{i},livre {i},,{i + 1},{i + 1}\n" for i in range(30))
    (tmp_path / "X_train_update.csv").write_text(
        ",designation,description,productid,imageid\n" + rows
    )
    (tmp_path / "Y_train_CVw08PX.csv").write_text(
        ",prdtypecode\n" + "".join(f"{i},10\n" for i in range(30))
    )
    context = Context(read_catalog(tmp_path), Assets(tmp_path / "assets"), tmp_path / "work")
    with pytest.raises(ModelError, match="at least two types"):
        train(context, "text_linear")


def test_a_missing_or_unreadable_manifest_says_what_to_do(tmp_path):
    assets = Assets(tmp_path)
    with pytest.raises(AssetError, match="rakuten_core train --data DIR --models text_linear"):
        assets.model("text_linear")
    assert assets.models() == []
    folder = tmp_path / "models" / "text_linear"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(AssetError, match=r"manifest\.json cannot be read"):
        _ = assets.model("text_linear").manifest


def test_a_failed_training_leaves_the_former_model(tmp_path):
    assets = Assets(tmp_path)
    first = {"run": "first", "files": {}}
    with assets.writing_model("text_linear") as folder:
        (folder / "manifest.json").write_text(json.dumps(first))
    with pytest.raises(CatalogError), assets.writing_model("text_linear") as folder:
        (folder / "manifest.json").write_text(json.dumps(first | {"run": "second"}))
        raise CatalogError("stop")
    assert assets.model("text_linear").manifest == first
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["text_linear"]


def test_a_model_that_was_caught_between_two_renames_comes_back(tmp_path):
    assets = Assets(tmp_path)
    left = tmp_path / "models" / ".text_linear.1.old"
    left.mkdir(parents=True)
    (left / "manifest.json").write_text(json.dumps({"run": "first", "files": {}}))
    with pytest.raises(CatalogError), assets.writing_model("text_linear"):
        raise CatalogError("stop")
    assert assets.model("text_linear").manifest["run"] == "first" and not left.exists()


def test_out_of_fold_scores_are_of_learning_products(context):
    products, scores = TextLinearTrainer().held_out(context)
    assert (products["split"] != "test").all()
    assert scores.shape == (len(products), 27)
    assert np.isfinite(scores).all()
