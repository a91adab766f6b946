"""What the models answer to rows, as a table: one row each, in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from rakuten_core.data.encodings import safe_cell
from rakuten_core.data.photo_sources import PhotoReference, PhotoSource
from rakuten_core.data.tables import Row
from rakuten_core.errors import RakutenError
from rakuten_core.inference.answers import Classification, RankedType, RowResult
from rakuten_core.inference.classifier import Classifier
from rakuten_core.language import _
from rakuten_core.text.markup import writable

TOP = 5
"""How many types are kept of each answer."""
ANSWER_SCHEMA = pa.schema(
    {
        "productid": pa.string(),
        "prdtypecode": pa.int16(),
        "probability": pa.float32(),
        "codes": pa.list_(pa.int16()),
        "probabilities": pa.list_(pa.float32()),
        "text_code": pa.int16(),
        "text_probability": pa.float32(),
        "image_code": pa.int16(),
        "image_probability": pa.float32(),
        "used": pa.string(),
        "decided_by": pa.string(),
        "error": pa.string(),
    }
)
"""`codes` and `probabilities` are the ranking, best first; `text_` and `image_` what each input
alone would say; `used` is text, image or both, `decided_by` the model that decided; `error` is what
was wrong with the row, even where it could be answered without."""
WRITTEN_COLUMNS = ("prdtypecode", "probability", "top3", "used", "decided_by", "error")
"""What a CSV or Excel file says of an answer."""
_WRITTEN_TOP = 3


def answer_rows(classifier: Classifier, rows: Sequence[Row], photos: PhotoSource) -> pa.Table:
    """Classify rows.

    Args:
        classifier: the loaded models.
        rows: their values by the names of `product_columns.PRODUCT_FIELDS`.
        photos: where their photos are.

    Returns:
        A table of `ANSWER_SCHEMA`; what is wrong with one row never stops the others.
    """

    def photo_of(row: Row) -> tuple[bytes | PhotoReference | None, str | None]:
        try:
            return photos.find(row.values), None
        except RakutenError as error:
            return None, str(error)

    found = [photo_of(row) for row in rows]
    results = classifier.classify_many(
        [row.values for row in rows], [photo for photo, _problem in found], top=TOP
    )
    records = [
        _record(row, result, problem)
        for row, result, (_photo, problem) in zip(rows, results, found, strict=True)
    ]
    return pa.Table.from_pylist(records, schema=ANSWER_SCHEMA)


def _record(row: Row, result: RowResult, photo_problem: str | None) -> dict[str, Any]:
    answer = result.classification
    missing = result.error if answer is not None or photo_problem is None else None
    problems = "; ".join(filter(None, (row.problem, photo_problem, missing)))
    productid = row.values.get("productid")
    record = {
        "productid": None if productid is None else writable(str(productid)),
        "error": problems or None,
    }
    return record if answer is None else record | _of_answer(answer)


def _of_answer(answer: Classification) -> dict[str, Any]:
    def first(ranking: tuple[RankedType, ...] | None) -> tuple[int | None, float | None]:
        if ranking is None:
            return None, None
        return ranking[0].product_type.code, ranking[0].probability

    (text_code, text), (image_code, image) = first(answer.text), first(answer.image)
    return {
        "prdtypecode": answer.best.product_type.code,
        "probability": answer.best.probability,
        "codes": [each.product_type.code for each in answer.ranking],
        "probabilities": [each.probability for each in answer.ranking],
        "text_code": text_code,
        "text_probability": text,
        "image_code": image_code,
        "image_probability": image,
        "used": answer.used,
        "decided_by": answer.stages[-1],
    }


def written(record: Mapping[str, Any]) -> list[str]:
    """Return the texts of `WRITTEN_COLUMNS` of a row of an answer table."""
    if record["prdtypecode"] is None:
        return ["", "", "", "", "", record["error"] or ""]
    ranking = zip(record["codes"], record["probabilities"], strict=True)
    return [
        str(record["prdtypecode"]),
        f"{record['probability']:.4f}",
        " ".join(f"{code}:{value:.4f}" for code, value in list(ranking)[:_WRITTEN_TOP]),
        record["used"],
        record["decided_by"],
        record["error"] or "",
    ]


def safe_id(record: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return a row's id as a spreadsheet may open it, and what had to be done about it."""
    productid = record["productid"] or ""
    safe = safe_cell(productid)
    return safe, None if safe == productid else _("the id starts like a formula: apostrophe added")
