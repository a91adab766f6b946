"""Explanations add up to what the models answered, and point at what matters."""

import numpy as np
import pytest
from PIL import Image

from rakuten_core.assets import DEFAULT_ROOT
from rakuten_core.data.products import Products
from rakuten_core.errors import ModelError
from rakuten_core.inference import Classifier
from rakuten_core.inference.explanations import activation_map, explain_text, overlay
from rakuten_core.inference.models.image_network import LinearHead
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.inference.models.stacking import Stacked
from rakuten_core.presentation.markdown import weights_as_markdown
from rakuten_core.taxonomy import CODES

DRAWINGS = sorted((DEFAULT_ROOT / "examples").glob("*.png"))
TEXTS = [
    ("Piscine hors sol 3,66 m", "<p>Liner bleu</p> b&acirc;che fournie"),
    ("Œuvre d'été n°3 ½ ¨ l'A a", ""),
    ("", "Roman policier. Roman policier!"),
    ("Zyxwvut", "qqq"),
]


@pytest.fixture(scope="module")
def shipped() -> Classifier:
    return Classifier.load()


@pytest.fixture(scope="module")
def text_model() -> TextLinear:
    titles = ["piscine hors sol", "pompe de piscine", "roman policier", "livre ancien", "été bleu"]
    descriptions = ["bâche bleue", "", "un roman", "édition de poche", "l'eau"]
    return TextLinear(minimum_products=1).fit(
        Products.of_texts(titles * 3, descriptions * 3), [2583, 2583, 10, 10, 1560] * 3
    )


@pytest.mark.parametrize(("title", "description"), TEXTS)
def test_contributions_of_all_words_add_up_to_the_scores(text_model, title, description):
    explanation = explain_text(text_model, title, description)
    expected = text_model.scores(Products.of_texts([title], [description]))[0]
    assert np.allclose(explanation.scores(), expected, atol=1e-5)


def test_words_are_those_entered(text_model):
    explanation = explain_text(text_model, "Piscine <b>Été</b>", "B&acirc;che, bleue")
    assert [word.text for word in explanation.title] == ["Piscine", "Été"]
    assert [word.text for word in explanation.description] == ["Bâche,", "bleue"]


def test_words_that_the_model_does_not_know_are_told(text_model):
    explanation = explain_text(text_model, "roman zzromanzz", "Bâche, 9999")
    assert [word.known for word in explanation.title] == [True, False]
    assert [word.known for word in explanation.description] == [True, False]
    assert explanation.knows_a_word
    # Its letters occur in words of the catalogue, the word itself does not.
    unknown = explain_text(text_model, "zzromanzz", "")
    assert not unknown.knows_a_word and np.abs(unknown.title[0].contributions).sum() > 0


def test_the_strongest_words_speak_for_their_type(text_model):
    explanation = explain_text(text_model, "roman en bord de piscine", "")
    pool, book = CODES.index(2583), CODES.index(10)
    assert explanation.strongest(pool, book)[0] == "piscine"
    assert explanation.strongest(book, pool)[0] == "roman"


def test_the_activation_map_adds_up_to_the_score():
    generator = np.random.default_rng(0)
    model = LinearHead()
    model.coefficients_ = generator.normal(size=(8, 27)).astype(np.float32)
    model.intercepts_ = np.zeros(27, np.float32)
    features = generator.uniform(size=(3, 3, 8)).astype(np.float32)
    scores = model.scores(features.mean(axis=(0, 1))[np.newaxis])[0]
    activations = activation_map(model, features, 5)
    assert activations.mean() == pytest.approx(scores[5] - scores.mean(), abs=1e-4)


def test_the_overlay_is_warm_where_the_map_is_high():
    square = np.full((64, 64, 3), 128, np.uint8)
    activations = np.array([[1.0, -1.0], [-1.0, -1.0]])
    pixels = np.asarray(overlay(square, activations)).astype(int)
    assert pixels[4, 4, 0] - pixels[4, 4, 2] > 100
    assert abs(pixels[60, 60, 0] - pixels[60, 60, 2]) < 5


def probability_when_covered(classifier, path, share: float) -> tuple[float, float]:
    """Return the answer's probability with its hottest places covered, and with its coldest."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    explanation = classifier.explain(image=image)
    shape = explanation.activations.shape
    order = np.argsort(explanation.activations, axis=None)
    side, count = image.width / shape[1], int(share * len(order))

    def covered(places: np.ndarray) -> float:
        patched = image.copy()
        for row, column in zip(*np.unravel_index(places, shape), strict=True):
            edges = (column * side, row * side, (column + 1) * side, (row + 1) * side)
            patched.paste((255, 255, 255), tuple(round(float(edge)) for edge in edges))
        answer = classifier.classify(image=patched, top=27)
        best = CODES[explanation.best]
        return next(r.probability for r in answer.ranking if r.product_type.code == best)

    return covered(order[-count:]), covered(order[:count])


def test_covering_the_hot_places_costs_more_than_covering_the_cold(shipped):
    """Occlusion: the maps must point at what the network goes by.

    A drawing may turn out the other way: covering a place also draws an edge, and the network has
    learnt from photos.
    """
    hot, cold = np.transpose([probability_when_covered(shipped, each, 0.2) for each in DRAWINGS])
    assert (hot < cold).mean() > 0.5
    assert hot.mean() < cold.mean() - 0.1


def test_the_contributions_are_the_log_odds_of_the_answer():
    # Of the last stage alone: in the cascade, the text may be sure enough.
    classifier = Classifier.load(name="fusion_clip")
    picture = DEFAULT_ROOT / "examples" / "pool.png"
    title = "Salon de jardin et parasol"
    answer = classifier.classify(title, image=picture, top=27)
    explanation = classifier.explain(title, image=picture)
    first, second = answer.ranking[:2]
    assert CODES[explanation.best] == first.product_type.code
    assert CODES[explanation.runner_up] == second.product_type.code
    added = explanation.contributions
    expected = np.log(first.probability / second.probability)
    assert added.text + added.image + added.start == pytest.approx(expected, abs=1e-3)


def test_a_model_that_is_undecided_adds_nothing():
    generator = np.random.default_rng(0)
    model = Stacked()
    model.coefficients_ = generator.normal(size=(54, 27)).astype(np.float32)
    model.intercepts_ = generator.normal(size=27).astype(np.float32)
    even = np.full(27, 1 / 27)
    text, image, start = model.contributions(even, even, 3, 7)
    fused = model.combine(even[np.newaxis], even[np.newaxis])[0]
    assert text == pytest.approx(0, abs=1e-5) and image == pytest.approx(0, abs=1e-5)
    assert start == pytest.approx(np.log(fused[3] / fused[7]), abs=1e-4)


def test_what_was_not_given_is_not_explained(shipped):
    only_text = shipped.explain("Harnais pour chien")
    assert only_text.photo is None and only_text.contributions is None
    only_photo = shipped.explain(image=DEFAULT_ROOT / "examples" / "pool.png")
    assert only_photo.text is None and only_photo.photo is not None
    with pytest.raises(ModelError, match="Nothing to classify"):
        shipped.explain("  ", None)


def test_marked_words_show_text_as_it_is():
    shown = weights_as_markdown([("**x**", 1.0), ("$y", -0.4), ("z", 0.01)])
    assert r"**\*\*x\*\***" in shown and r"\$y" in shown
    assert shown.endswith(" z")
    assert shown.count(":color[") == 2
    assert weights_as_markdown([]) == ""
    assert weights_as_markdown([("a", 1.0)] * 3, most=2).endswith("...")


def test_answer_and_reasons_come_in_one_go(shipped):
    given = ("Bouée gonflable pour piscine", "", DEFAULT_ROOT / "examples" / "pool.png")
    answer, explanation = shipped.classify_and_explain(*given, top=3)
    alone = shipped.classify(*given, top=3)
    assert answer.ranking == alone.ranking and answer.text == alone.text
    assert len(answer.ranking) == 3
    assert CODES[explanation.best] == answer.best.product_type.code
    again = shipped.explain(*given)
    assert np.array_equal(again.activations, explanation.activations)
    assert again.contributions == explanation.contributions


def test_words_that_are_named_are_words_that_say_something(text_model):
    explanation = explain_text(text_model, "(roman) - l' 12 policier, en bord de piscine", "")
    book, pool = CODES.index(10), CODES.index(2583)
    named = explanation.strongest(book, pool)
    assert set(named) == {"roman", "policier"}
    scores = explanation.scores()
    assert explanation.difference(book, pool) == pytest.approx(
        scores[book] - scores[pool] - explanation.intercepts[book] + explanation.intercepts[pool]
    )


def test_marks_of_two_texts_can_share_a_scale():
    weak = weights_as_markdown([("x", 0.1)], strongest=1.0)
    assert "**" not in weak and "**" in weights_as_markdown([("x", 0.1)])
