"""Naive Bayes on words and pairs of words."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import ComplementNB

from rakuten_core.data.products import Products
from rakuten_core.errors import AssetError
from rakuten_core.inference.models.bayes import TextBayes
from rakuten_core.inference.models.linear import normalise
from rakuten_core.taxonomy import CODES

TITLES = [
    "piscine hors sol ronde",
    "piscine gonflable pour enfants",
    "bâche de piscine ronde",
    "roman policier de poche",
    "livre de poche ancien",
    "roman d'amour",
    "figurine peinte à la main",
    "figurine de dragon",
]
GIVEN = [2583, 2583, 2583, 2403, 2403, 2403, 1180, 1180]
ASKED = ["une piscine de poche", "roman de dragon", "figurine ronde pour enfants"]


@pytest.fixture(scope="module")
def model() -> TextBayes:
    return TextBayes(minimum_products=1).fit(Products.of_texts(TITLES), GIVEN)


def test_answers_are_those_of_scikit_learn(model):
    """Weights in eight bits move a score by a few hundredths at most."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+", sublinear_tf=True)
    machine = ComplementNB(alpha=0.1).fit(
        vectorizer.fit_transform([normalise(title) for title in TITLES]), GIVEN
    )
    expected = machine.predict_joint_log_proba(
        vectorizer.transform([normalise(title) for title in ASKED])
    )
    known = [CODES.index(code) for code in machine.classes_]
    scores = model.scores(Products.of_texts(ASKED))[:, known]
    # A score that all types share decides nothing.
    assert np.allclose(
        scores - scores.mean(axis=1, keepdims=True),
        expected - expected.mean(axis=1, keepdims=True),
        atol=0.05,
    )


def test_a_type_that_was_not_learnt_is_never_the_answer(model):
    probabilities = model.predict_proba(Products.of_texts([*ASKED, "xyz"]))
    known = [CODES.index(code) for code in set(GIVEN)]
    assert set(probabilities.argmax(axis=1)) <= set(known)
    assert np.delete(probabilities, known, axis=1).max() < 1e-6
    assert np.allclose(probabilities.sum(axis=1), 1)


def test_title_and_description_are_one_text_of_which_the_beginning_counts(model):
    together = model.scores(Products.of_texts(["roman policier de poche"]))
    apart = model.scores(Products.of_texts(["<b>Roman</b> policier"], ["de poche"]))
    assert np.array_equal(together, apart)
    filled = "roman " * 100
    assert np.array_equal(
        model.scores(Products.of_texts([filled])),
        model.scores(Products.of_texts([filled], ["piscine hors sol"])),
    )


def test_a_product_without_text_gets_no_answer(model):
    probabilities = model.predict_proba(Products.of_texts(["roman", ""]))
    assert np.isnan(probabilities[1]).all() and not np.isnan(probabilities[0]).any()
    assert model.scores(Products.of_texts([])).shape == (0, 27)


def test_it_is_the_same_after_saving(model, tmp_path):
    model.save(tmp_path)
    (path,) = tmp_path.iterdir()
    loaded = TextBayes.load(tmp_path)
    texts = Products.of_texts([*ASKED, "inconnu"], ["", "de poche", "", ""])
    assert np.array_equal(loaded.predict_proba(texts), model.predict_proba(texts))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(AssetError, match=r"text_bayes\.npz cannot be read"):
        TextBayes.load(tmp_path)
