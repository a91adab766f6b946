"""A product among those that were learnt from: its vectors, kept, and whether it is like any."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.classify.answer import Answer
from pages.shared.part import show_error
from rakuten_core.errors import RakutenError
from rakuten_core.inference import Familiarity, shared_similar
from rakuten_core.language import _, decimal

_KEPT = 4


@dataclass
class Compared:
    """What has been computed of one product; the photo takes longest and waits to be asked for."""

    text: np.ndarray | None
    photo: np.ndarray | None = None


def compared_with(answer: Answer) -> Compared:
    """Return the vectors of an answer's product, of its text at once."""
    kept: OrderedDict[str, Compared] = st.session_state.setdefault("compared", OrderedDict())
    if answer.content not in kept:
        vector = shared_similar().text_vector(answer.title, answer.description)
        kept[answer.content] = Compared(vector)
    while len(kept) > _KEPT:
        kept.popitem(last=False)
    return kept[answer.content]


def photo_vector(answer: Answer, compared: Compared) -> np.ndarray:
    """Return the vector of the photo, computed when it is first asked for."""
    if compared.photo is None:
        assert answer.photo is not None
        compared.photo = shared_similar().photo_vector(answer.photo)
    return compared.photo


def _familiarity(answer: Answer) -> Familiarity | None:
    """Return how like the answer's product is to what was learnt; None where it cannot be told."""
    compared, similar = compared_with(answer), shared_similar()
    if compared.text is not None:
        return similar.familiarity(text=compared.text)
    if answer.image is None or not similar.knows_photos:
        return None
    return similar.familiarity(photo=photo_vector(answer, compared))


def warn_if_far(answer: Answer) -> bool:
    """Say so where the product is unlike all that was learnt from, and return whether it is."""
    try:
        found = _familiarity(answer)
    except RakutenError as error:
        show_error(error)
        return False
    if found is None or not found.far:
        return False
    st.warning(
        _(
            "Unlike anything that was learnt: the nearest training product has a similarity of "
            "{similarity}. It may belong to none of the 27 types, however sure the answer."
        ).format(similarity=decimal(found.similarity, 2)),
        icon=":material/travel_explore:",
    )
    return True
