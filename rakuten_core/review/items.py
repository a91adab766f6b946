"""What is to be reviewed: made of a finished catalogue, or of the suspicious labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rakuten_core.taxonomy import CODES, product_type

_SURE = 0.5


@dataclass(frozen=True)
class ReviewItem:
    """One product that may need a look.

    Attributes:
        row: place in the catalogue, from 0.
        productid: as it was given, if it was.
        imageid: likewise.
        photo: likewise: the file name.
        title: as the seller wrote it.
        description: likewise.
        given: code that the file names, or None.
        answered: code of the answer, or None where there is none.
        codes: of the ranking, best first.
        probabilities: of the ranking.
        text_code: what the text alone says.
        image_code: what the photo alone says.
        probability: of the answer; 0 without one.
        disagrees: whether text and photo are each sure of another type.
        label_differs: whether the file names another type than the answer.
        damage: from 0 to 1: how likely the answer, or the label, is of the wrong domain.
    """

    row: int
    productid: str | None
    imageid: str | None
    photo: str | None
    title: str | None
    description: str | None
    given: int | None
    answered: int | None
    codes: list[int]
    probabilities: list[float]
    text_code: int | None
    image_code: int | None
    probability: float
    disagrees: bool
    label_differs: bool
    damage: float


def items_of_answers(table: pd.DataFrame) -> Iterator[ReviewItem]:
    """Yield the products of a finished catalogue, `answers.parquet` of its job."""
    for row, record in enumerate(_records(table)):
        codes = [int(code) for code in record["codes"]] if record["codes"] is not None else []
        probabilities = [float(value) for value in record["probabilities"]] if codes else []
        given = _code(record["given"])
        text, image = _code(record["text_code"]), _code(record["image_code"])
        yield ReviewItem(
            row=row,
            productid=record["productid"],
            imageid=record["imageid"],
            photo=record["photo"],
            title=record["title"],
            description=record["description"],
            given=given,
            answered=codes[0] if codes else None,
            codes=codes,
            probabilities=probabilities,
            text_code=text,
            image_code=image,
            probability=probabilities[0] if codes else 0.0,
            disagrees=_disagree(record, text, image),
            label_differs=bool(codes) and given is not None and given != codes[0],
            damage=_damage(codes, probabilities, given),
        )


def items_of_labels(table: pd.DataFrame) -> Iterator[ReviewItem]:
    """Yield the products of `reports.suspicious_labels.suspicious`, joined with their titles."""
    for row, record in enumerate(_records(table)):
        codes = [int(record["suggested"]), int(record["given"])]
        probabilities = [
            float(record["suggested_probability"]),
            float(record["given_probability"]),
        ]
        yield ReviewItem(
            row=row,
            productid=str(record["productid"]),
            imageid=None,
            photo=record.get("photo"),
            title=record.get("designation"),
            description=record.get("description"),
            given=codes[1],
            answered=codes[0],
            codes=codes,
            probabilities=probabilities,
            text_code=None,
            image_code=None,
            probability=probabilities[0],
            disagrees=False,
            label_differs=True,
            damage=_damage(codes, probabilities, codes[1]),
        )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table; what is missing is None."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _code(value: Any) -> int | None:
    """Return a code as a number, None where it is none of the 27."""
    try:
        code = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return code if code in CODES else None


def _disagree(record: Mapping[str, Any], text: int | None, image: int | None) -> bool:
    if text is None or image is None or text == image:
        return False
    return min(record["text_probability"], record["image_probability"]) >= _SURE


def _damage(codes: Sequence[int], probabilities: Sequence[float], given: int | None) -> float:
    """Return how likely the product would stand in the wrong domain of the shop."""
    if not codes:
        return 1.0
    stands_in = product_type(codes[0] if given is None else given).domain
    total = sum(probabilities)
    pairs = zip(codes, probabilities, strict=True)
    same = sum(value for code, value in pairs if product_type(code).domain is stands_in)
    return 1 - same / total if total else 1.0
