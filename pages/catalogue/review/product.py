"""One product to decide on: large, with the ranking, by keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.catalogue.review.origin import Origin
from pages.classify.answer import answer_to
from pages.classify.reasons import show_reasons
from pages.shared.part import show_error
from rakuten_core.errors import RakutenError, ReviewError
from rakuten_core.images.decoding import decode_image
from rakuten_core.language import _, percent
from rakuten_core.presentation.charts import chance
from rakuten_core.review.queue import Order, Wanted
from rakuten_core.taxonomy import CODES, label_of, product_type
from rakuten_core.text.markup import plain_text

_LONGEST = 3000


def _decide(origin: Origin, item: int, reviewer: str, code: int) -> None:
    try:
        origin.queue.decide(item, reviewer, code)
    except ReviewError as error:
        st.session_state.review_problem = str(error)


def _undo(origin: Origin, reviewer: str) -> None:
    origin.queue.undo(reviewer)


def _decide_other(origin: Origin, item: int, reviewer: str) -> None:
    """Decide for the type chosen in the search field."""
    code = st.session_state.get(f"other-{item}")
    if code is not None:
        _decide(origin, item, reviewer, code)


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
        st.caption(f":material/broken_image: {error}")
    title = plain_text(item["title"] or "")
    st.text(title or _("No title"))
    description = plain_text(item["description"] or "")
    if description:
        with st.container(height=220, border=True):
            st.text(description[:_LONGEST])
    return photo


def _show_ranking(origin: Origin, item: Mapping[str, Any], reviewer: str) -> None:
    for place, (code, probability) in enumerate(
        zip(item["codes"], item["probabilities"], strict=True), 1
    ):
        st.button(
            f"{label_of(code)}  ·  {chance(probability)}",
            key=f"rank-{item['id']}-{place}",
            shortcut=str(place),
            width="stretch",
            help=product_type(code).domain.label,
            on_click=_decide,
            args=(origin, item["id"], reviewer, code),
        )
    if len(set(CODES) - set(item["codes"])):
        st.selectbox(
            _("Another type"),
            CODES,
            index=None,
            format_func=label_of,
            placeholder=_("Search all 27"),
            key=f"other-{item['id']}",
            on_change=_decide_other,
            args=(origin, item["id"], reviewer),
        )


def _show_keys(origin: Origin, item: Mapping[str, Any] | None, reviewer: str) -> None:
    with st.container(horizontal=True):
        if item is not None:
            st.button(
                _("Accept"),
                key=f"accept-{item['id']}",
                shortcut="a",
                type="primary",
                icon=":material/check:",
                disabled=item["answered"] is None,
                on_click=_decide,
                args=(origin, item["id"], reviewer, item["answered"]),
            )
            st.button(
                _("Skip"),
                key=f"skip-{item['id']}",
                shortcut="s",
                icon=":material/skip_next:",
                on_click=origin.queue.skip,
                args=(item["id"], reviewer),
            )
        st.button(
            _("Undo"),
            key="undo",
            shortcut="u",
            icon=":material/undo:",
            on_click=_undo,
            args=(origin, reviewer),
        )


def show_product(origin: Origin, reviewer: str, wanted: Wanted, order: Order) -> None:
    """Show the product that this reviewer decides on now."""
    if problem := st.session_state.pop("review_problem", None):
        show_error(ReviewError(problem))
    item = origin.queue.next(reviewer, wanted, order)
    if item is None:
        st.success(_("Nothing is left to look at."), icon=":material/task_alt:")
        _show_keys(origin, None, reviewer)
        return
    left, right = st.columns([5, 4], gap="large")
    with right:
        if item["answered"] is not None:
            kind = product_type(item["answered"])
            st.markdown(f"**{kind.label}**, {kind.domain.label}")
        _show_reasons_to_look(item, wanted)
        _show_keys(origin, item, reviewer)
        _show_ranking(origin, item, reviewer)
        st.caption(_("Keys: 1 to 5 choose, A accepts, S skips, U takes the last decision back."))
    with left:
        photo = _show_given(origin, item)
    if st.toggle(_("Why does it answer so?"), key="review-why"):
        found = answer_to(item["title"] or "", item["description"] or "", photo)
        if found.explanation is not None:
            show_reasons(found.explanation)
