"""What each word does to the whole answer."""

import numpy as np
import pytest

from rakuten_core.inference import shared_classifier
from rakuten_core.inference.influence import MOST_WORDS, log_odds
from rakuten_core.reports.examples import example
from rakuten_core.taxonomy import CODES

CUSHION = "Housse de coussin velours vert"


def chance_of(classifier, code: int, title: str, description: str = "", photo=None) -> float:
    ranking = classifier.classify(title, description, photo, top=len(CODES)).ranking
    return next(each.probability for each in ranking if each.product_type.code == code)


def test_a_gain_is_what_the_answer_loses_without_the_word():
    classifier = shared_classifier()
    code = classifier.classify(CUSHION).best.product_type.code
    found = classifier.influences(CUSHION)
    assert [each.text for each in found.pieces] == CUSHION.split() and not found.by_sentence
    whole = chance_of(classifier, code, CUSHION)
    for piece in found.pieces:
        rest = CUSHION.replace(piece.text, "").replace("  ", " ").strip()
        lost = log_odds(np.array(whole)) - log_odds(np.array(chance_of(classifier, code, rest)))
        # The cheaper stages may answer the shorter text: the whole answer's own stage is meant.
        assert piece.gain == pytest.approx(lost, abs=0.05)
    assert max(found.pieces, key=lambda each: each.gain).text in {"coussin", "velours", "Housse"}


def test_the_photo_stays_as_it_is():
    classifier, shown = shared_classifier(), example("Cushion cover")
    alone = classifier.influences(CUSHION)
    both = classifier.influences(CUSHION, image=shown.picture) if shown.picture else alone
    assert [each.text for each in both.pieces] == [each.text for each in alone.pieces]


def test_long_fields_are_left_out_by_sentence_and_markup_is_no_word():
    description = "<p>Très doux.</p> " + "Il se lave à la machine en une heure. " * 5
    found = shared_classifier().influences("Coussin", description)
    assert len(description.split()) > MOST_WORDS and found.by_sentence == ("description",)
    assert [each.text for each in found.pieces][:2] == ["Coussin", "Très doux."]
    assert all("<" not in each.text for each in found.pieces)


def test_a_photo_alone_has_no_words():
    from PIL import Image

    found = shared_classifier().influences(image=Image.new("RGB", (30, 30), "red"))
    assert found.pieces == ()
