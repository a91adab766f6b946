"""A cascade: who is asked, who answers, and that company changes nothing."""

import numpy as np
import pytest

from rakuten_core.data.photo_sources import PhotoReference
from rakuten_core.data.products import Products
from rakuten_core.errors import AssetError, CatalogError, ModelError
from rakuten_core.files import parts_of, write_parts
from rakuten_core.inference import Classifier
from rakuten_core.inference.models.cascade import GIVEN, Cascade, given_of, single_stage
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.inference.models.model import Asked, LoadedModel, load_model
from rakuten_core.inference.models.stacking import Stacked

PHOTO = b"any"


class OneTitle(LoadedModel):
    """Sure of type 0 for titles that hold a word, undecided between all types else."""

    def __init__(self, name: str, word: str, of_photo: bool = False) -> None:
        self.name, self.word, self.of_photo = name, word, of_photo
        self.asked: list[str] = []

    def predict_proba(self, products: Products) -> np.ndarray:
        self.asked += products.titles
        result = np.full((len(products), 27), 1 / 27)
        for row, title in enumerate(products.titles):
            if self.word in title:
                result[row] = 0.1 / 26
                result[row, 0] = 0.9
        readable = products.has_photo if self.of_photo else products.has_text
        result[~readable] = np.nan
        return result


@pytest.fixture
def cascade() -> Cascade:
    cheap, text = OneTitle("text_linear", "piscine"), OneTitle("text_transformer", "roman")
    photo = OneTitle("image_kernel_clip", "lampe", of_photo=True)
    even = np.tile(np.eye(27), (2, 1))
    last = Stacked()
    last.coefficients_, last.intercepts_ = even, np.zeros(27)
    last.below, last.name = (text, photo), "fusion_clip"
    made = Cascade(np.array([[0.8, 0.8], [0.8, 0.8], [0.8, 0.8]]))
    made.below, made.name = (cheap, text, last), "cascade"
    return made


def products(*titles: str) -> Products:
    return Products(list(titles), [""] * len(titles), [PHOTO] * len(titles))


def test_a_product_leaves_with_the_first_sure_answer(cascade):
    asked = Asked(products("piscine", "roman", "lampe"))
    answers, stages = cascade.ask(asked, np.arange(3))
    assert stages.tolist() == [0, 1, 2]
    assert answers.argmax(axis=1).tolist() == [0, 0, 0]
    cheap, text, last = cascade.below
    assert cheap.asked == ["piscine", "roman", "lampe"]
    # The last stage stands on the text model too, which is not asked twice.
    assert text.asked == ["roman", "lampe"]
    assert last.below[1].asked == ["lampe"]
    assert cascade.ran(2, asked, 2) == ("text_linear", "text_transformer", "fusion_clip")
    assert cascade.ran(0, asked, 0) == ("text_linear",)
    text_says, photo_says = cascade.read(asked, 2)
    assert text_says is not None and photo_says[0] == 0.9
    text_says, photo_says = cascade.read(asked, 0)
    assert text_says[0] == 0.9 and photo_says is None


def test_company_changes_no_answer(cascade):
    titles = ("piscine", "roman", "lampe", "chose", "lampe piscine")
    together = cascade.predict_proba(products(*titles))
    for row, title in enumerate(titles):
        assert np.array_equal(cascade.predict_proba(products(title))[0], together[row])
    backwards = cascade.predict_proba(products(*titles[::-1]))
    assert np.array_equal(backwards[::-1], together)


def test_photos_are_asked_for_only_where_texts_are_not_sure(cascade):
    asked = Asked(products("piscine", "roman", "lampe", ""))
    rows = np.arange(4)
    assert cascade.needs_photo(asked, rows).tolist() == [False, False, True, True]
    without = Asked(Products.of_texts(["lampe"]))
    assert cascade.needs_photo(without, np.array([0])).tolist() == [False]
    # A single stage that reads both wants every photo.
    alone = single_stage(cascade.fusion)
    assert alone.needs_photo(Asked(products("piscine")), np.array([0])).tolist() == [True]


def test_a_photo_that_is_referred_to_is_read_where_it_is_needed(context):
    classifier = Classifier.load(context.assets.root, "cascade")
    read: list[str] = []

    def reference(name: str) -> PhotoReference:
        def fetch() -> bytes:
            read.append(name)
            raise CatalogError(f"{name} is gone")

        return PhotoReference(name, fetch)

    rows = [{"designation": "Piscine gonflable avec pompe et filtration"}, {}]
    limits = classifier._cascade.limits_
    classifier._cascade.limits_ = np.zeros_like(limits)
    results = list(classifier.classify_many(rows, [reference("a"), reference("b")]))
    # The first stage is sure of all texts now: only the product without one needs its photo.
    assert read == ["b"]
    assert results[0].classification.used == "text" and results[0].error is None
    assert results[1].classification is None and results[1].error == "b is gone"


def test_what_is_not_given_is_not_asked_for(cascade):
    mixed = Products(["", "roman", ""], [""] * 3, [PHOTO, None, None])
    assert given_of(mixed)[:2].tolist() == [GIVEN.index("image"), GIVEN.index("text")]
    answers = cascade.predict_proba(mixed)
    assert not np.isnan(answers[:2]).any() and np.isnan(answers[2]).all()


def test_a_limit_above_one_passes_over_a_stage(cascade):
    cascade.limits_[GIVEN.index("both"), 0] = 2.0
    _, stages = cascade.ask(Asked(products("piscine", "roman")), np.arange(2))
    assert stages.tolist() == [2, 1]
    assert cascade.below[0].asked == []


def test_a_cascade_is_the_same_after_saving(cascade, tmp_path):
    cascade.save(tmp_path)
    loaded = Cascade.load(tmp_path, *cascade.below)
    assert np.array_equal(loaded.limits_, cascade.limits_)
    with pytest.raises(ModelError, match="last stage of a cascade"):
        Cascade.load(tmp_path, cascade.below[0])


def test_one_stage_answers_everything(cascade):
    alone = single_stage(cascade.fusion)
    asked = products("piscine", "lampe")
    assert np.array_equal(alone.predict_proba(asked), cascade.fusion.predict_proba(asked))


def test_the_app_and_a_table_get_the_same_answers(context, catalog):
    classifier = Classifier.load(context.assets.root, "cascade")
    assert classifier.stages == ("text_stacked", "text_stacked_transformer", "fusion_clip")
    rows = catalog.products.head(12)
    photos = [
        catalog.photos.read(name) if isinstance(name, str) else None for name in rows["photo"]
    ]
    many = list(classifier.classify_many(rows, photos))
    for (_, row), photo, result in zip(rows.iterrows(), photos, many, strict=True):
        if result.classification is None:
            continue
        one = classifier.classify(row["designation"], row["description"], photo)
        assert one.stages == result.classification.stages
        assert one.best.product_type == result.classification.best.product_type
        assert one.best.probability == pytest.approx(
            result.classification.best.probability, abs=1e-6
        )
        assert one.to_dict()["stages"] == list(one.stages)


def test_models_that_stand_on_one_model_share_it(context):
    cascade = load_model(context.assets, "cascade")
    first, second, last = cascade.below
    assert second.below[0] is first and last.below[0] is second


def test_a_network_in_parts_is_one_network(context, tmp_path):
    whole = context.assets.model("image_kernel_clip").folder / "network.tflite.gz"
    content = b"".join(part.read_bytes() for part in parts_of(whole))
    for number, start in enumerate(range(0, len(content), 7_000_000)):
        part = tmp_path / f"network.tflite.gz.{number}"
        part.write_bytes(content[start : start + 7_000_000])
    network = LiteNetwork(tmp_path / "network.tflite.gz", copies=1)
    assert network.digest == LiteNetwork(whole, copies=1).digest
    (tmp_path / "network.tflite.gz.0").unlink()
    with pytest.raises(AssetError, match="cannot be loaded"):
        LiteNetwork(tmp_path / "network.tflite.gz")
    with pytest.raises(AssetError, match="is missing"):
        LiteNetwork(tmp_path / "none.tflite")


def test_small_files_are_not_cut_and_large_ones_are(tmp_path):
    write_parts(tmp_path / "small", b"1" * 100)
    assert parts_of(tmp_path / "small") == [tmp_path / "small"]
    content = bytes(range(256)) * 90_000
    write_parts(tmp_path / "large", content)
    parts = parts_of(tmp_path / "large")
    assert [part.name for part in parts] == ["large.0", "large.1"]
    assert b"".join(part.read_bytes() for part in parts) == content
    assert all(part.stat().st_size <= 20_000_000 for part in parts)


def test_a_smaller_network_leaves_no_old_parts(tmp_path):
    path = tmp_path / "network.gz"
    write_parts(path, bytes(45_000_000))
    assert len(parts_of(path)) == 3
    write_parts(path, b"1" * 21_000_000)
    assert [part.name for part in parts_of(path)] == ["network.gz.0", "network.gz.1"]
    write_parts(path, b"2")
    assert parts_of(path) == [path] and list(tmp_path.iterdir()) == [path]
    write_parts(path, b"3" * 21_000_000)
    assert b"".join(part.read_bytes() for part in parts_of(path)) == b"3" * 21_000_000


def test_answers_come_in_the_order_that_was_asked_for(cascade):
    asked = Asked(products("piscine", "chose"))
    backwards = asked.probabilities(cascade.below[0], np.array([1, 0]))
    assert backwards[1, 0] == 0.9 and backwards[0, 0] == pytest.approx(1 / 27)
