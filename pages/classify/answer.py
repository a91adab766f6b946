"""The answer to what is in the form, computed once for the same content."""

import hashlib
import time
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from pages.shared.loaders import load_classifier
from rakuten_core.errors import ImageError
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference import Classification, Explanation
from rakuten_core.text.markup import has_text


@dataclass(frozen=True)
class Answer:
    """What came of the form.

    Attributes:
        image: the decoded photo; None without one, or where it cannot be used.
        image_error: why the photo cannot be used.
        classification: None where there is nothing to go by.
        explanation: likewise.
        seconds: for all of it, decoding included.
        content: a key of what was in the form.
    """

    image: Image.Image | None
    image_error: str | None
    classification: Classification | None
    explanation: Explanation | None
    seconds: float
    content: str


def answer_to(title: str, description: str, photo: bytes | None) -> Answer:
    """Return the answer; moving a slider or opening a view asks for the same one again."""
    parts = (title.encode(), description.encode(), photo or b"")
    content = hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in parts)).hexdigest()
    kept = st.session_state.get("answer")
    if kept is None or kept[0] != content:
        kept = (content, _compute(title, description, photo, content))
        st.session_state.answer = kept
    return kept[1]


def _compute(title: str, description: str, photo: bytes | None, content: str) -> Answer:
    start = time.perf_counter()
    image = problem = None
    if photo is not None:
        try:
            image = decode_image(photo)
        except ImageError as error:
            problem = str(error)
    if image is None and not has_text(title, description):
        return Answer(image, problem, None, None, 0.0, content)
    answer, explanation = load_classifier().classify_and_explain(title, description, image)
    return Answer(image, problem, answer, explanation, time.perf_counter() - start, content)
