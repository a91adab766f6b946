"""What a caller gives of a product, made fit for the models or refused in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from rakuten_core.data.cell_values import text_of
from rakuten_core.data.photo_sources import PhotoReference, PhotoSource
from rakuten_core.data.products import Picture
from rakuten_core.errors import ModelError, RakutenError, TextError
from rakuten_core.images.decoding import decode_image, is_incomplete
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES


def checked_top(top: int) -> int:
    """Return how many types to rank.

    Raises:
        ModelError: it is not a whole number from 1 to 27.
    """
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= len(CODES):
        raise ModelError(
            _("top must be a whole number from 1 to {count}. Received: {top}.").format(
                count=len(CODES), top=repr(top)
            )
        )
    return top


def row_texts(row: Any) -> tuple[str, str, str | None]:
    """Return a row's title and description, and what was wrong with them."""
    if not isinstance(row, Mapping):
        return (
            "",
            "",
            _("a row must have named columns; received {received}").format(
                received=type(row).__name__
            ),
        )
    texts, problems = [], []
    for column in ("designation", "description"):
        try:
            texts.append(text_of(row.get(column), column))
        except TextError as error:
            texts.append("")
            problems.append(str(error))
    return texts[0], texts[1], " ".join(problems) or None


def photo_note(photo: Image.Image) -> str | None:
    """Return what is wrong with a photo that is answered from all the same; None for nothing."""
    return _("the photo is cut off: its end is missing") if is_incomplete(photo) else None


def checked_photo(
    pair: tuple[Any, Any],
) -> tuple[Picture | PhotoReference | None, str | None]:
    """Return a row's photo if it has one that can be used, and what was wrong with it."""
    row, picture = pair
    try:
        if isinstance(picture, PhotoSource):
            picture = picture.find(row) if isinstance(row, Mapping) else None
        if picture is None or isinstance(picture, PhotoReference):
            return picture, None
        # Kept as it came: a chunk of decoded photos would fill the memory.
        return picture, photo_note(decode_image(picture))
    except RakutenError as error:
        return None, str(error)


def read_photo(reference: PhotoReference) -> tuple[Picture | None, str | None]:
    """Return the photo that is referred to if it can be used, and what was wrong with it."""
    try:
        content = reference.read()
        return content, photo_note(decode_image(content))
    except RakutenError as error:
        return None, str(error)
