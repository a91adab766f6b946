"""`POST /classify/batch`: many products, a line for each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from rakuten_core.api import monitoring
from rakuten_core.api.bodies import ROW_FORMATS, in_time, spooled
from rakuten_core.api.problems import RESPONSES, ApiError
from rakuten_core.api.schemas import AnswerOut, RowOut, Top
from rakuten_core.api.settings import Settings
from rakuten_core.data.intake import TakenIn, take_in
from rakuten_core.data.product_columns import (
    FIELD_NAMES,
    TableLayout,
    columns_from_words,
)
from rakuten_core.data.tables import Row
from rakuten_core.data.taken_files import taken_products
from rakuten_core.errors import RakutenError
from rakuten_core.inference import Classifier, RowResult, shared_classifier
from rakuten_core.language import _, language, number, speaking
from rakuten_core.sandbox import reading

_ROWS_AT_ONCE = 64
Columns = Annotated[
    list[str] | None,
    Query(
        description="which column is what, as FIELD=COLUMN; repeatable",
        examples=[["title=Nom commercial"]],
        max_length=len(FIELD_NAMES),
    ),
]
Encoding = Annotated[str | None, Query(description="of a text; found out otherwise", max_length=40)]
Sheet = Annotated[str | None, Query(description="of a workbook", max_length=100)]
_BATCH: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": (
            f"Rows with columns for some of {', '.join(FIELD_NAMES)}, called as shops call them; "
            "`columns` says what their names do not tell. `photo` holds the encoded picture "
            "(base64 or a `data:` address in text). May be packed: `Content-Encoding: gzip`."
        ),
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in ROW_FORMATS
        },
    }
}
_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": (
            "One JSON object per row, in the same order. A connection that ends in the middle says "
            "why in its last line."
        ),
        "headers": {
            "Columns-Read": {
                "description": "JSON object: which column was read as what",
                "schema": {"type": "string"},
            },
            "Texts-Left-Out": {
                "description": "JSON array: columns of texts that were not read",
                "schema": {"type": "string"},
            },
            "Photos-Found": {
                "description": "how many photos the rows hold, of those that they name: `3 of 5`",
                "schema": {"type": "string"},
            },
        },
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
        headers: of the answer.
        held: what is given up in the end.
        seconds: in which each part has to be taken.
    """

    def __init__(
        self,
        lines: Iterator[bytes],
        headers: dict[str, str],
        held: AsyncExitStack,
        seconds: float,
    ) -> None:
        super().__init__(
            iterate_in_threadpool(lines), headers=headers, media_type="application/jsonl"
        )
        self._held, self._seconds = held, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""

        async def in_time(message: Message) -> None:
            try:
                await asyncio.wait_for(send(message), self._seconds)
            except TimeoutError:
                # As if the caller had left: the place is for others.
                raise ClientDisconnect from None

        async with self._held:
            await super().__call__(scope, receive, in_time)


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
    async def classify_batch(
        request: Request,
        top: Top = 3,
        columns: Columns = None,
        encoding: Encoding = None,
        sheet: Sheet = None,
    ) -> Response:
        layout = TableLayout(columns_from_words(columns or []), encoding, sheet)
        async with AsyncExitStack() as stack:
            # First the body, then the place: who sends slowly holds up nobody.
            async with in_time(settings.body_seconds):
                limit = int(settings.batch_mb * 2**20)
                path = await stack.enter_async_context(spooled(request, limit))
            await stack.enter_async_context(places.taken())
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="rakuten-batch-")))
            taken = await run_in_threadpool(
                reading().run, take_in, path, folder, layout, settings.batch_rows, True
            )
            classifier = await run_in_threadpool(shared_classifier)
            lines = _lines(classifier, taken_products(folder), top, language())
            return _Lines(lines, _headers(taken), stack.pop_all(), settings.send_seconds)

    return router


def _headers(taken: TakenIn) -> dict[str, str]:
    """Return headers that say how a batch was read."""
    columns = taken.columns
    return {
        "Columns-Read": json.dumps(
            {name: columns[field] for name, field in FIELD_NAMES.items() if field in columns}
        ),
        # Proxies refuse long headers.
        "Texts-Left-Out": json.dumps([name[:60] for name in taken.texts_left_out[:20]]),
        "Photos-Found": f"{taken.photos_found} of {taken.photos_named}",
    }


def _lines(classifier: Classifier, rows: Iterator[Row], top: int, spoken: str) -> Iterator[bytes]:
    """Yield a line per row; where that cannot be, a last line that says why, and the error."""
    start = 0
    try:
        while chunk := list(islice(rows, _ROWS_AT_ONCE)):
            with speaking(spoken):
                records = [row.values for row in chunk]
                photos = [row.values.get("photo") for row in chunk]
                results = list(classifier.classify_many(records, photos, top))
            for row, result in zip(chunk, results, strict=True):
                yield _line(start, row, result)
                start += 1
    except Exception as error:
        with speaking(spoken):
            reason = (
                str(error)
                if isinstance(error, RakutenError)
                else _("The server failed. Its log names the reason under the request's id.")
            )
            problem = _("The rows from {row} on were not answered. {reason}").format(
                row=number(start), reason=reason
            )
        yield _json(RowOut(row=start, productid=None, answer=None, error=problem))
        # The connection breaks: a status 200 that ends well would pass for all lines.
        raise


def _line(place: int, row: Row, result: RowResult) -> bytes:
    found = result.classification
    missing = result.error if found is not None or row.problem is None else None
    error = "; ".join(filter(None, (row.problem, missing))) or None
    if error is not None:
        monitoring.ERRORS.labels(kind="row").inc()
    if found is not None:
        monitoring.ANSWERS.labels(used=found.used, decided_by=found.stages[-1]).inc()
    productid = row.values.get("productid")
    return _json(
        RowOut(
            row=place,
            productid=None if productid is None else str(productid),
            answer=None if found is None else AnswerOut.of(found),
            error=error,
        )
    )


def _json(line: RowOut) -> bytes:
    return json.dumps(line.model_dump(), ensure_ascii=True).encode() + b"\n"
