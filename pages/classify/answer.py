"""The answer to what is in the form, computed once for the same content."""

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from pages.shared.loaders import load_classifier
from rakuten_core.errors import ImageError
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference import Classification, Explanation, Influences
from rakuten_core.inference.inputs import photo_note
from rakuten_core.language import language
from rakuten_core.text.markup import has_text

# Answers that a session keeps, each with its photo, which may have been of many megabytes.
_KEPT = 4
_SHOWN = (880, 880)


@dataclass(frozen=True)
class Answer:
    """What came of the form.

    Attributes:
        title: as it was entered.
        description: likewise.
        photo: likewise, encoded.
        image: the photo, as small as it is shown; None without one, or where it cannot be used.
        image_size: width and height of the photo as it was given.
        image_error: why the photo cannot be used.
        classification: None where there is nothing to go by.
        explanation: likewise.
        seconds: for all of it, decoding included.
        content: a key of what was in the form.
    """

    title: str
    description: str
    photo: bytes | None
    image: Image.Image | None
    image_size: tuple[int, int]
    image_error: str | None
    classification: Classification | None
    explanation: Explanation | None
    seconds: float
    content: str


def answer_to(title: str, description: str, photo: bytes | None) -> Answer:
    """Return the answer; moving a slider, or going back to an example, finds the one of before."""
    # What is wrong with a photo is said in words.
    parts = (title.encode(), description.encode(), photo or b"", language().encode())
    content = hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in parts)).hexdigest()
    kept: OrderedDict[str, Answer] = st.session_state.setdefault("answers", OrderedDict())
    if content not in kept:
        kept[content] = _compute(title, description, photo, content)
    kept.move_to_end(content)
    while len(kept) > _KEPT:
        kept.popitem(last=False)
    return kept[content]


def _compute(title: str, description: str, photo: bytes | None, content: str) -> Answer:
    start = time.perf_counter()
    image = problem = None
    if photo is not None:
        try:
            image = decode_image(photo)
            problem = photo_note(image)
        except ImageError as error:
            problem = str(error)
    if image is None and not has_text(title, description):
        return Answer(title, description, photo, None, (0, 0), problem, None, None, 0.0, content)
    answer, explanation = load_classifier().classify_and_explain(title, description, image)
    seconds = time.perf_counter() - start
    size = (0, 0) if image is None else image.size
    if image is not None:
        image.thumbnail(_SHOWN)
    return Answer(
        title, description, photo, image, size, problem, answer, explanation, seconds, content
    )


def influences_on(answer: Answer) -> Influences:
    """Return what each word does to an answer; computed once for the same content."""
    kept: OrderedDict[str, Influences] = st.session_state.setdefault("influences", OrderedDict())
    if answer.content not in kept:
        # A photo that cannot be used is told beside the form.
        photo = answer.photo if answer.image is not None else None
        kept[answer.content] = load_classifier().influences(answer.title, answer.description, photo)
    while len(kept) > _KEPT:
        kept.popitem(last=False)
    return kept[answer.content]
