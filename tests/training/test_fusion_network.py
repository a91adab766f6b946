"""The small network over the frozen features of text and photo."""

import numpy as np
import pytest

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.training.context import Context
from rakuten_core.training.runner import load_any, train
from rakuten_core.training.trainers.fusion_network import FeatureBatches
from tests.conftest import untraced

# Three products with both, one with a text only, one with a photo only.
TEXTS = np.array([[1, 1], [2, 2], [3, 3], [4, 4], [0, 0]], np.float32)
PHOTOS = np.array([[10], [20], [30], [0], [50]], np.float32)


def epoch_of(batches: FeatureBatches, number: int) -> tuple[np.ndarray, np.ndarray]:
    batches.shuffle(number)
    shown, shares = zip(*batches, strict=True)
    order = np.concatenate(shares).argmax(axis=1)
    return np.concatenate(shown)[np.argsort(order)], np.sort(order)


def batches(left_out: float) -> FeatureBatches:
    return FeatureBatches((TEXTS, PHOTOS), np.eye(5, 27, dtype=np.float32), 2, left_out, seed=1)


def test_nothing_is_left_out_unless_asked():
    made = batches(0.0)
    assert made.shape == (3,) and len(made) == 3
    shown, order = epoch_of(made, 0)
    assert order.tolist() == list(range(5))
    assert np.array_equal(shown, np.hstack([TEXTS, PHOTOS]))


def test_one_of_two_parts_is_left_out_and_never_both():
    made = batches(1.0)
    seen = set()
    for number in range(12):
        shown, _order = epoch_of(made, number)
        texts, photos = shown[:, :2].any(axis=1), shown[:, 2:].any(axis=1)
        assert (texts ^ photos).all()
        # What a product has one of, it keeps.
        assert texts[3] and photos[4]
        seen |= set(texts[:3].tolist())
    assert seen == {True, False}


def test_an_epoch_is_the_same_when_drawn_again():
    made = batches(0.5)
    drawn = []
    for number in (0, 1, 0):
        made.shuffle(number)
        drawn.append(np.concatenate([shown for shown, _shares in made]))
    assert np.array_equal(drawn[0], drawn[2]) and not np.array_equal(drawn[0], drawn[1])


@pytest.fixture(scope="module")
def own(context, tmp_path_factory) -> Context:
    assets = Assets(tmp_path_factory.mktemp("assets"))
    made = Context(context.catalog, assets, context.work, options=context.options)
    with untraced():
        assert train(made, "fusion_network") == ["fusion_network"]
    return made


def test_it_answers_from_either_alone(own):
    model = own.assets.model("fusion_network")
    table = model.test_probabilities()
    probabilities = probability_matrix(table)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-3)
    assert model.manifest["split"]["rows"]["test"] == len(table)
    # With a text only, with a photo only, and with both.
    assert set(table["has_text"]) == set(table["has_image"]) == {True, False}
    assert model.manifest["validation"]["rows"] > 0
    assert len(model.history) == 1 and model.latency is not None
    assert model.manifest["parameters"]["left_out"] == pytest.approx(0.5)


def test_what_is_loaded_answers_as_what_was_measured(own):
    model = load_any(own.assets, "fusion_network")
    table = own.assets.model("fusion_network").test_probabilities()
    rows = own.products.set_index("productid").loc[table["productid"].head(5)]
    answered = model.predict_proba(own.answerable(rows.reset_index()))
    assert np.allclose(answered, probability_matrix(table.head(5)), atol=0.02)
