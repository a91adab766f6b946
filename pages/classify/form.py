"""The form: title, description, photo, and the examples that fill it."""

import streamlit as st

from pages.shared.loaders import load_examples
from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS, MAX_BYTES


def _show_example() -> None:
    """Copy the chosen example into the fields."""
    name = st.session_state.example
    example = next((each for each in load_examples() if each.name == name), None)
    if example is None:
        # A second click on a pill takes the choice back, not what has been written since.
        return
    st.session_state.title = example.title
    st.session_state.description = example.description
    st.session_state.photo = example.picture
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
    names = [each.name for each in load_examples()]
    st.pills("Try an example", names, key="example", on_change=_show_example)


def show_form() -> tuple[str, str, bytes | None]:
    """Show the fields and return title, description and the photo's bytes."""
    title = st.text_input(
        "Title",
        key="title",
        bind="query-params",
        max_chars=500,
        placeholder="Housse de coussin velours vert 45 x 45 cm",
    )
    description = st.text_area("Description", key="description", max_chars=20_000, height=120)
    uploads = st.session_state.setdefault("uploads", 0)
    upload_tab, camera_tab = st.tabs(["Upload a photo", "Take a photo"])
    with upload_tab:
        st.file_uploader(
            "Photo",
            type=list(ACCEPTED_EXTENSIONS),
            key=f"upload{uploads}",
            on_change=_take,
            args=(f"upload{uploads}",),
            help=f"JPEG, PNG, WebP or GIF, up to {MAX_BYTES // 2**20} MB. Nothing is stored.",
        )
    with camera_tab:
        if st.toggle("Use the camera", key=f"use_camera{uploads}"):
            st.camera_input(
                "Camera", key=f"camera{uploads}", on_change=_take, args=(f"camera{uploads}",)
            )
    return title, description, st.session_state.get("photo")


def show_clear() -> None:
    """Show the button that empties every field."""
    st.button("Clear all", on_click=_clear, icon=":material/backspace:", type="tertiary")
