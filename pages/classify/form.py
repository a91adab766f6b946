"""The form: title, description, photo, and the examples that fill it."""

import streamlit as st

from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS
from rakuten_core.language import _
from rakuten_core.limits import limits
from rakuten_core.reports.examples import example, examples


def _show_example() -> None:
    """Copy the chosen example into the fields."""
    if st.session_state.example is None:
        # A second click on a pill takes the choice back, not what has been written since.
        return
    chosen = example(st.session_state.example)
    st.session_state.title = chosen.title
    st.session_state.description = chosen.description
    st.session_state.photo = chosen.picture
    _empty_uploads()


def _empty_uploads() -> None:
    """Give the photo widgets new keys: that empties them."""
    st.session_state.uploads = st.session_state.get("uploads", 0) + 1


def _clear() -> None:
    """Empty every field."""
    st.session_state.update(title="", description="", photo=None, example=None)
    _empty_uploads()


def _take(key: str) -> None:
    """Keep the bytes of a photo: the last one given counts, and stays from page to page."""
    given = st.session_state[key]
    st.session_state.photo = given.getvalue() if given else None


def choose_example() -> None:
    """Show the examples to try."""
    names = {each.key: each.name for each in examples()}
    st.pills(
        _("Try an example"),
        list(names),
        format_func=names.__getitem__,
        key="example",
        on_change=_show_example,
    )


def show_form() -> tuple[str, str, bytes | None]:
    """Show the fields and return title, description and the photo's bytes."""
    title = st.text_input(
        _("Title"),
        key="title",
        bind="query-params",
        live="500ms",
        max_chars=500,
        placeholder="Housse de coussin velours vert 45 x 45 cm",
    )
    description = st.text_area(_("Description"), key="description", max_chars=20_000, height=120)
    uploads = st.session_state.setdefault("uploads", 0)
    upload_tab, camera_tab = st.tabs([_("Upload a photo"), _("Take a photo")])
    with upload_tab:
        st.file_uploader(
            _("Photo"),
            type=list(ACCEPTED_EXTENSIONS),
            max_upload_size=limits().photo_mb,
            key=f"upload{uploads}",
            on_change=_take,
            args=(f"upload{uploads}",),
            help=_("JPEG, PNG, WebP or GIF, up to {size} MB. Nothing is stored.").format(
                size=limits().photo_mb
            ),
        )
    with camera_tab:
        if st.toggle(_("Use the camera"), key=f"use_camera{uploads}"):
            st.camera_input(
                _("Camera"), key=f"camera{uploads}", on_change=_take, args=(f"camera{uploads}",)
            )
    return title, description, st.session_state.get("photo")


def show_clear() -> None:
    """Show the button that empties every field."""
    st.button(_("Clear all"), on_click=_clear, icon=":material/backspace:", type="tertiary")
