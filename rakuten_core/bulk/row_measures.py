"""What the products of a table are like: to compare with those that the models learnt from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from rakuten_core.data.cell_values import text_of
from rakuten_core.data.photo_sources import PhotoSource
from rakuten_core.data.tables import Row
from rakuten_core.errors import RakutenError, TextError
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.measures import photo_statistics
from rakuten_core.text.language_detection import LANGUAGE_CHARACTERS, detect_language
from rakuten_core.text.markup import plain_text
from rakuten_core.text.preparation import plain_words

MOST_MEASURED = 2000
"""Rows that are looked at, evenly spread over the table."""
MEASURE_SCHEMA = pa.schema(
    {
        "title_characters": pa.int32(),
        "description_characters": pa.int32(),
        "language": pa.string(),
        "words": pa.list_(pa.string()),
        "has_photo": pa.bool_(),
        "white_ratio": pa.float32(),
        "brightness": pa.float32(),
    }
)
_PHOTO_MEASURES = ("white_ratio", "brightness")


def measure_rows(rows: Iterable[Row], total: int, photos: PhotoSource) -> pa.Table:
    """Measure at most `MOST_MEASURED` rows.

    Args:
        rows: all of them, by the names of `product_columns.PRODUCT_FIELDS`.
        total: how many there are.
        photos: where their photos are.

    Returns:
        A table of `MEASURE_SCHEMA`: lengths of the texts without markup, the detected language
        (None without letters), the words before any preparation, and figures of the photo.
    """
    step = max(1, -(-total // MOST_MEASURED))
    records = [_measured(row, photos) for place, row in enumerate(rows) if place % step == 0]
    return pa.Table.from_pylist(records, schema=MEASURE_SCHEMA)


def _measured(row: Row, photos: PhotoSource) -> dict[str, Any]:
    title, description = (_plain(row, field) for field in ("designation", "description"))
    joined = f"{title} {description}".strip()
    record: dict[str, Any] = {
        "title_characters": len(title),
        "description_characters": len(description),
        "language": detect_language(joined[:LANGUAGE_CHARACTERS]).code,
        "words": plain_words(joined),
        "has_photo": False,
    }
    try:
        picture = photos.photo_of(row.values)
        if picture is None:
            return record
        found = photo_statistics(decode_image(picture))
    except RakutenError:
        # Told with the row's answer.
        return record
    return record | {"has_photo": True} | {name: getattr(found, name) for name in _PHOTO_MEASURES}


def _plain(row: Row, field: str) -> str:
    try:
        return plain_text(text_of(row.values.get(field), field)).strip()
    except TextError:
        return ""
