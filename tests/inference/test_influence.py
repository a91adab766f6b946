"""What each word does to the whole answer."""

import numpy as np
import pytest

from rakuten_core.assets import Assets
from rakuten_core.data.products import Products
from rakuten_core.inference import shared_classifier
from rakuten_core.inference.influence import MOST_WORDS, log_odds
from rakuten_core.inference.models.model import load_model
from rakuten_core.reports.examples import example
from rakuten_core.taxonomy import CODES

CUSHION = "Housse de coussin velours vert"


def test_a_gain_is_what_the_answer_loses_without_the_word():
    classifier = shared_classifier()
    answer = classifier.classify(CUSHION)
    found = classifier.influences(CUSHION)
    assert [each.text for each in found.pieces] == CUSHION.split() and not found.by_sentence
    # Of the stage that answered, whichever would answer the shorter text.
    assert found.stage == answer.stages[-1]
    model = load_model(Assets(), found.stage)
    place = CODES.index(answer.best.product_type.code)
    for piece in found.pieces:
        rest = CUSHION.replace(piece.text, "").replace("  ", " ").strip()
        after = model.predict_proba(Products.of_texts([rest]))[0, place]
        lost = log_odds(np.array(answer.best.probability)) - log_odds(after)
        assert piece.gain == pytest.approx(lost, abs=0.01)
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
