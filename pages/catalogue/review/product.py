"""One product to decide on: large, with the ranking, by keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.catalogue.review.decide import show_keys, show_ranking
from pages.catalogue.review.origin import Origin
from pages.classify.answer import answer_to
from pages.classify.familiar import warn_if_far
from pages.classify.reasons import show_reasons
from pages.classify.similar import show_similar
from rakuten_core.errors import RakutenError
from rakuten_core.images.decoding import decode_image
from rakuten_core.language import _, percent
from rakuten_core.presentation.markdown import escape_markdown
from rakuten_core.review.queue import Order, Wanted
from rakuten_core.taxonomy import label_of, product_type
from rakuten_core.text.markup import plain_text

_LONGEST = 3000


def _show_reasons_to_look(item: Mapping[str, Any], wanted: Wanted) -> None:
    reasons = []
    if item["probability"] < wanted.limit:
        reasons.append(
            _("not sure ({probability})").format(probability=percent(item["probability"], 0))
        )
    if item["disagrees"]:
        reasons.append(
            _("the text says {text}, the photo {photo}").format(
                text=label_of(item["text_code"]), photo=label_of(item["image_code"])
            )
        )
    if item["label_differs"]:
        reasons.append(_("the file says {given}").format(given=label_of(item["given"])))
    st.caption(_("Why it is here: {reasons}.").format(reasons=", ".join(reasons)))


def _show_given(origin: Origin, item: Mapping[str, Any]) -> bytes | None:
    """Show photo, title and description, and return the photo."""
    photo = None
    try:
        photo = origin.photo_of(item)
        if photo is not None:
            picture = decode_image(photo)
            picture.thumbnail((880, 880))
            st.image(picture, width=360, alt=_("Photo of the product"))
    except RakutenError as error:
        st.caption(f":material/broken_image: {escape_markdown(str(error))}")
    title = plain_text(item["title"] or "")
    st.text(title or _("No title"))
    description = plain_text(item["description"] or "")
    if description:
        with st.container(height=220, border=True):
            st.text(description[:_LONGEST])
    return photo


def show_product(origin: Origin, reviewer: str, wanted: Wanted, order: Order) -> None:
    """Show the product that this reviewer decides on now."""
    item = origin.queue.next(reviewer, wanted, order)
    if item is None:
        st.success(_("Nothing is left to look at."), icon=":material/task_alt:")
        show_keys(origin, None, reviewer)
        return
    item = origin.completed(item)
    left, right = st.columns([5, 4], gap="large")
    with right:
        if item["answered"] is not None:
            kind = product_type(item["answered"])
            st.markdown(f"**{kind.label}**, {kind.domain.label}")
        _show_reasons_to_look(item, wanted)
        show_keys(origin, item, reviewer)
        show_ranking(origin, item, reviewer)
        st.caption(_("Keys: 1 to 5 choose, A accepts, S skips, U takes the last decision back."))
    with left:
        photo = _show_given(origin, item)
    if st.toggle(_("Why does it answer so?"), key="review-why"):
        answer = answer_to(item["title"] or "", item["description"] or "", photo)
        warn_if_far(answer)
        show_reasons(answer)
        show_similar(answer)
