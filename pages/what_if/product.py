"""The product that is edited, and where it comes from."""

from __future__ import annotations

import io
from dataclasses import dataclass

import streamlit as st

from rakuten_core.errors import ImageError
from rakuten_core.images.decoding import decode_image
from rakuten_core.language import _, language
from rakuten_core.reports.examples import example, examples


@dataclass(frozen=True)
class Given:
    """A product as it is; `key` is another one for another product."""

    title: str
    description: str
    photo: bytes | None
    key: str


def what_if_button(title: str | None, description: str | None, photo: bytes | None) -> None:
    """Show the button that opens the page with a product."""
    if st.button(_("What if?"), icon=":material/difference:", type="tertiary"):
        turn = st.session_state.get("what_if_turn", 0) + 1
        st.session_state.what_if_turn = turn
        st.session_state.what_if = Given(title or "", description or "", photo, f"{turn}")
        st.session_state["what-if-example"] = None
        # Without parameters of its own, Streamlit wants to clear those of this page's widgets.
        st.switch_page("what_if/page.py", query_params={"lang": language()})


def _of_example(name: str) -> Given:
    shown = example(name)
    return Given(shown.title, shown.description, shown.picture, name)


def given_product() -> Given | None:
    """Show the examples, and return the product to edit: the one brought here, or an example."""
    names = {each.key: each.name for each in examples()}
    chosen = st.pills(
        _("Try an example"),
        list(names),
        format_func=names.__getitem__,
        default=None if "what_if" in st.session_state else next(iter(names)),
        key="what-if-example",
    )
    if chosen is not None:
        return _of_example(chosen)
    return st.session_state.get("what_if")


def cropped(photo: bytes, share: float) -> bytes:
    """Return a photo without a share of its width and height; as it is where it is no picture."""
    if share == 0:
        return photo
    try:
        picture = decode_image(photo)
    except ImageError:
        return photo
    width, height = picture.size
    left, top = round(width * share / 2), round(height * share / 2)
    file = io.BytesIO()
    picture.crop((left, top, max(width - left, left + 1), max(height - top, top + 1))).save(
        file, "PNG"
    )
    return file.getvalue()
