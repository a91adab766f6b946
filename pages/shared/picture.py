"""A picture to try something on: a drawing that ships, or one's own."""

import streamlit as st

from rakuten_core.images.decoding import ACCEPTED_EXTENSIONS
from rakuten_core.language import _
from rakuten_core.limits import limits
from rakuten_core.reports.examples import examples


def choose_picture(key: str) -> bytes | None:
    """Show the drawings and an upload, and return the chosen picture's bytes.

    Args:
        key: of the widgets.
    """
    drawings = {each.key: each for each in examples() if each.picture}
    left, right = st.columns(2)
    name = left.pills(
        _("Try a drawing"),
        list(drawings),
        format_func=lambda each: drawings[each].name,
        default=next(iter(drawings), None),
        key=key,
    )
    uploaded = right.file_uploader(
        _("Or a photo of your own"),
        type=list(ACCEPTED_EXTENSIONS),
        max_upload_size=limits().photo_mb,
        key=f"{key}-upload",
    )
    if uploaded:
        return uploaded.getvalue()
    return drawings[name].picture if name else None
