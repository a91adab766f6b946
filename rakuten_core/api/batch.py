"""`POST /classify/batch`: many products, a line for each."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from rakuten_core.api import monitoring
from rakuten_core.api.bodies import ROW_FORMATS, spooled
from rakuten_core.api.problems import RESPONSES, ApiError
from rakuten_core.api.schemas import AnswerOut, RowOut, Top
from rakuten_core.api.settings import Settings
from rakuten_core.data.product_columns import (
    PRODUCT_FIELDS,
    check_columns,
    find_columns,
    read_rows,
)
from rakuten_core.data.tables import Row, TableFormat, open_table
from rakuten_core.inference import Classifier, RowResult, shared_classifier
from rakuten_core.language import _, language, number, speaking

_ROWS_AT_ONCE = 64
_BATCH: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": (
            f"Rows with some of the columns {', '.join(PRODUCT_FIELDS)}, or what sellers call them "
            "(`title`, `titre`); `photo` holds the encoded picture (base64 in CSV and JSON Lines)."
        ),
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in ROW_FORMATS
        },
    }
}
_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One JSON object per row, in the same order",
        "content": {"application/jsonl": {"schema": {"$ref": "#/components/schemas/RowOut"}}},
    }
}


class _Places:
    """How many batches may be answered at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Hold a place during a block.

        Raises:
            ApiError: none is free.
        """
        if self._taken >= self._most:
            raise ApiError(
                503,
                "busy",
                _("Another batch is being answered. Ask again later."),
                {"Retry-After": "10"},
            )
        self._taken += 1
        monitoring.BATCHES.inc()
        try:
            yield
        finally:
            self._taken -= 1
            monitoring.BATCHES.dec()


class _Lines(StreamingResponse):
    """Sends lines; the file lives, and the place is held, until the last is sent or nobody listens.

    Args:
        lines: made in a thread while they are sent.
        held: what is given up in the end.
    """

    def __init__(self, lines: Iterator[bytes], held: AsyncExitStack) -> None:
        super().__init__(iterate_in_threadpool(lines), media_type="application/jsonl")
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        async with self._held:
            await super().__call__(scope, receive, send)


def routes(settings: Settings) -> APIRouter:
    """Return the route that classifies many products."""
    router = APIRouter(tags=["classify"])
    places = _Places(settings.batches)

    @router.post(
        "/classify/batch",
        summary="Classify many products, a line for each",
        responses=RESPONSES | _LINES,
        response_class=Response,
        openapi_extra=_BATCH,
    )
    async def classify_batch(request: Request, top: Top = 3) -> Response:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(places.taken())
            path, row_format = await stack.enter_async_context(
                spooled(request, int(settings.batch_mb * 2**20))
            )
            await run_in_threadpool(_check_rows, path, row_format, settings.batch_rows)
            classifier = await run_in_threadpool(shared_classifier)
            lines = _lines(classifier, read_rows(path, row_format), top, language())
            return _Lines(lines, stack.pop_all())

    return router


def _check_rows(path: Path, row_format: TableFormat, most: int) -> None:
    """Refuse a file that cannot be read, or has too many rows."""
    table = open_table(path, row_format)
    check_columns(table, find_columns(table.columns))
    rows = table.count()
    if rows > most:
        raise ApiError(
            413,
            "too_many_rows",
            _("The batch has {rows} rows; at most {most} are accepted.").format(
                rows=number(rows), most=number(most)
            ),
        )


def _lines(classifier: Classifier, rows: Iterator[Row], top: int, spoken: str) -> Iterator[bytes]:
    start = 0
    while chunk := list(islice(rows, _ROWS_AT_ONCE)):
        with speaking(spoken):
            photos, problems = zip(*map(_photo_of, chunk), strict=True)
            results = list(classifier.classify_many([row.values for row in chunk], photos, top))
        for place, (row, problem, result) in enumerate(zip(chunk, problems, results, strict=True)):
            yield _line(start + place, row, result, problem)
        start += len(chunk)


def _photo_of(row: Row) -> tuple[bytes | None, str | None]:
    photo = row.values.get("photo")
    if not photo:
        return None, None
    if isinstance(photo, bytes):
        return photo, None
    try:
        return base64.b64decode(photo, validate=True), None
    except (binascii.Error, TypeError, ValueError):
        return None, _("The photo is not a picture in base64.")


def _line(number: int, row: Row, result: RowResult, photo_problem: str | None) -> bytes:
    found = result.classification
    missing = result.error if found is not None or photo_problem is None else None
    error = "; ".join(filter(None, (row.problem, photo_problem, missing))) or None
    if error is not None:
        monitoring.ERRORS.labels(kind="row").inc()
    if found is not None:
        monitoring.ANSWERS.labels(used=found.used, decided_by=found.stages[-1]).inc()
    productid = row.values.get("productid")
    line = RowOut(
        row=number,
        productid=None if productid is None else str(productid),
        answer=None if found is None else AnswerOut.of(found),
        error=error,
    )
    return json.dumps(line.model_dump(), ensure_ascii=True).encode() + b"\n"
