"""Soft labels: nobody labels a text that it has learnt from."""

import numpy as np
import pandas as pd
import pytest

from rakuten_core.data.catalog import fold_of
from rakuten_core.data.products import Products
from rakuten_core.data.teaching import Teaching
from rakuten_core.taxonomy import CODES
from rakuten_core.training.context import Context
from rakuten_core.training.folds import training_products
from rakuten_core.training.trainers.text_batches import TextBatches, padded
from rakuten_core.training.trainers.text_material import TextMaterial, one_hot
from rakuten_core.training.trainers.text_teachers import (
    FoldAnswers,
    answers_of_folds,
    soft_labels,
)


@pytest.fixture
def fresh(context, tmp_path) -> Context:
    """The same data with a work folder of its own."""
    return Context(context.catalog, context.assets, tmp_path, options=context.options)


def test_each_product_is_answered_by_the_model_that_did_not_learn_from_it(fresh):
    products = training_products(fresh.readable("text"), "text")
    others = Products.of_texts(["Roman", "Lampe"])
    folds = np.array([fold_of(productid, 3) for productid in products["productid"]])
    asked: list[tuple[int, int]] = []

    def learnt(fold: int, learn: np.ndarray):
        assert np.array_equal(learn, folds != fold)

        def scores(texts: Products) -> np.ndarray:
            asked.append((fold, len(texts)))
            return np.full((len(texts), len(CODES)), fold, np.float32)

        return scores

    found = answers_of_folds(
        fresh, products, others, learnt, fresh.checkpoints("teachers"), "teachers", 3
    )
    assert np.array_equal(found.held[:, 0], folds)
    # Every model says something of what none of them has seen; the mean counts.
    assert found.others.shape == (2, 27) and np.allclose(found.others, np.mean([0, 1, 2]))
    assert sorted(asked) == sorted(
        [*((fold, int((folds == fold).sum())) for fold in range(3)), *((f, 2) for f in range(3))]
    )
    # What is in the work folder is not asked again.
    again = answers_of_folds(
        fresh, products, others, learnt, fresh.checkpoints("teachers"), "teachers", 3
    )
    assert len(asked) == 6 and np.array_equal(again.held, found.held)


def test_soft_labels_are_the_mean_of_calibrated_answers():
    generator = np.random.default_rng(0)
    codes = generator.choice(CODES, 400)
    truth = one_hot(pd.DataFrame({"prdtypecode": codes}))
    noise = generator.normal(size=truth.shape)
    good = FoldAnswers(4 * truth + noise, 4 * truth[:10] + noise[:10])
    # The same answers, ten times as sure: calibration makes the two alike.
    boastful = FoldAnswers(10 * good.held, 10 * good.others)
    alone, _others = soft_labels([good], [1], codes)
    both, others = soft_labels([good, boastful], [2, 1], codes)
    assert both.shape == (400, 27) and others.shape == (10, 27)
    assert np.allclose(both, alone, atol=1e-3)
    assert np.allclose(others.sum(axis=1), 1, atol=1e-5)
    assert np.array_equal(others, both[:10])


def test_who_knows_nothing_blurs_and_weights_decide_how_much():
    codes = np.repeat(CODES, 4)
    truth = one_hot(pd.DataFrame({"prdtypecode": codes}))
    # One answer in four is wrong.
    answers = np.where(np.arange(len(codes))[:, np.newaxis] % 4, truth, np.roll(truth, 1, axis=1))
    sure = FoldAnswers(5 * answers, 5 * answers)
    clueless = FoldAnswers(np.zeros_like(truth), np.zeros_like(truth))
    confidence = [
        float((soft_labels([sure, clueless], weights, codes)[0] * truth).sum(axis=1).mean())
        for weights in ([1, 0], [2, 1], [1, 1])
    ]
    assert confidence[0] > confidence[1] > confidence[2] > 1 / 27


def test_what_no_teacher_learns_from_comes_after_what_all_do(fresh):
    table = pd.DataFrame(
        {
            "designation": ["Un roman", "Une lampe", "Un jeu"],
            "description": ["", "de bureau", ""],
            "prdtypecode": pd.array([2403, pd.NA, pd.NA], "Int64"),
        }
    )
    texts = TextMaterial(fresh, Teaching(table, "0123456789abcdef"))
    assert list(texts.others.titles[-2:]) == ["Une lampe", "Un jeu"]
    assert len(texts.others) == len(texts.validation) + 2
    assert set(texts.train["split"]) == {"train"}
    products, shares = texts.with_labelled(texts.train, one_hot(texts.train))
    assert products.titles[-1] == "Un roman" and shares.shape == (len(texts.train) + 1, 27)
    assert shares[-1, CODES.index(2403)] == 1 and np.all(shares.sum(axis=1) == 1)
    facts = texts.taught(np.full((2, 27), 1 / 27, np.float32))["teaching"]
    assert (facts["labelled"], facts["unlabelled"]) == (1, 2)
    assert facts["mean_confidence"] == pytest.approx(1 / 27)
    assert len(texts.everything) == len(texts.train) + len(texts.others) + 1


def test_without_texts_that_only_teach_there_is_nothing_more(fresh):
    texts = TextMaterial(fresh, None)
    assert len(texts.others) == len(texts.validation) and len(texts.unlabelled) == 0
    products, _shares = texts.with_labelled(texts.train, one_hot(texts.train))
    assert len(products) == len(texts.train)
    assert texts.taught(np.zeros((0, 27))) == {}


def test_batches_of_texts_are_whole_and_leave_none_out(fresh, context):
    from rakuten_core.inference.models.transformer import TextTransformer

    model = TextTransformer.load(context.assets.model("text_transformer").folder)
    table = TextMaterial(fresh, None).train
    # Each row says which text it is.
    marks = np.eye(len(table), dtype=np.float32)
    batches = TextBatches(model, fresh.answerable(table), marks, 16, 0.0, seed=0)
    seen = [targets for _ids, targets in batches]
    assert {len(each) for each in seen} == {16} and len(seen) == len(batches)
    counts = np.concatenate(seen).sum(axis=0)
    assert counts.min() == 1 and counts.sum() == 16 * len(batches)


def test_texts_are_padded_to_few_lengths_where_each_is_compiled(monkeypatch):
    import keras

    texts = [[7] * 3, [7] * 33]
    assert padded(texts, 96).shape == (2, 40)
    assert padded(texts, 96)[0].tolist() == [7] * 3 + [0] * 37
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert padded(texts[:1], 96).shape == (1, 32) and padded(texts, 96).shape == (2, 64)
    # Never longer than the network has places.
    assert padded([[7] * 70], 96).shape == (1, 96) and padded([[7] * 8], 16).shape == (1, 16)
