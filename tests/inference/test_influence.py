"""What each word does to the whole answer."""

import numpy as np
import pytest

from rakuten_core.assets import Assets
from rakuten_core.data.products import Products
from rakuten_core.inference import shared_classifier
from rakuten_core.inference.influence import MOST_WORDS, influences, log_odds
from rakuten_core.inference.models.model import load_model
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


def test_the_photo_counts_and_is_not_looked_at_again():
    fusion = load_model(Assets(), "fusion_clip")
    seen = np.full(len(CODES), 0.01)
    seen[CODES.index(2583)] = 1 - 0.01 * (len(CODES) - 1)
    # No photo at all: it would be refused if it were looked at.
    products = Products([CUSHION], [""], [b"no picture"])
    text = fusion.below[0].predict_proba(Products.of_texts([CUSHION]))[0]
    answer = fusion.combine(text[np.newaxis], seen[np.newaxis])[0]
    found = influences(fusion, products, answer, [(fusion.below[1], seen)])
    alone = influences(fusion.below[0], Products.of_texts([CUSHION]), text)
    assert [each.text for each in found.pieces] == [each.text for each in alone.pieces]
    assert [each.gain for each in found.pieces] != [each.gain for each in alone.pieces]


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
