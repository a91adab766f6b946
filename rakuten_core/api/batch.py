"""`POST /classify/batch`: many products, a line for each."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from rakuten_core.api import monitoring
from rakuten_core.api.bodies import ROW_FORMATS, spooled
from rakuten_core.api.problems import RESPONSES, ApiError
from rakuten_core.api.schemas import AnswerOut, RowOut, Top
from rakuten_core.api.settings import Settings
from rakuten_core.data.embedded_photos import base64_content
from rakuten_core.data.photo_sources import PhotoSource
from rakuten_core.data.product_columns import (
    FIELD_NAMES,
    TableLayout,
    columns_from_words,
    product_rows,
    texts_left_out,
)
from rakuten_core.data.tables import Row
from rakuten_core.errors import CatalogError, RakutenError
from rakuten_core.inference import Classifier, RowResult, shared_classifier
from rakuten_core.language import _, language, number, speaking

_ROWS_AT_ONCE = 64
# The photos that rows hold themselves.
_PHOTOS = PhotoSource()
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
    """

    def __init__(
        self, lines: Iterator[bytes], headers: dict[str, str], held: AsyncExitStack
    ) -> None:
        super().__init__(
            iterate_in_threadpool(lines), headers=headers, media_type="application/jsonl"
        )
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
    async def classify_batch(
        request: Request,
        top: Top = 3,
        columns: Columns = None,
        encoding: Encoding = None,
        sheet: Sheet = None,
    ) -> Response:
        layout = TableLayout(columns_from_words(columns or []), encoding, sheet)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(places.taken())
            path = await stack.enter_async_context(spooled(request, int(settings.batch_mb * 2**20)))
            batch = await run_in_threadpool(_checked, path, layout, settings.batch_rows)
            classifier = await run_in_threadpool(shared_classifier)
            lines = _lines(classifier, batch.rows, top, language())
            return _Lines(lines, batch.headers, stack.pop_all())

    return router


@dataclass(frozen=True)
class _Batch:
    """The rows of a batch, and headers that say how they were read."""

    rows: Iterator[Row]
    headers: dict[str, str]


def _checked(path: Path, layout: TableLayout, most: int) -> _Batch:
    """Read a batch once to its end, so that what is wrong is raised before a line is sent.

    Raises:
        ApiError: it has too many rows (413).
        CatalogError: it cannot be read.
    """
    table, columns = layout.open(path)
    rows = named = found = 0
    for row in product_rows(table, columns):
        rows += 1
        if "photo" in row.values:
            photo, problem = _photo_of(row)
            named += photo is not None or problem is not None
            found += photo is not None
    if rows > most:
        raise ApiError(
            413,
            "too_many_rows",
            _("The batch has {rows} rows; at most {most} are accepted.").format(
                rows=number(rows), most=number(most)
            ),
        )
    names = {name: columns[field] for name, field in FIELD_NAMES.items() if field in columns}
    headers = {
        "Columns-Read": json.dumps(names),
        # Proxies refuse long headers.
        "Texts-Left-Out": json.dumps([name[:60] for name in texts_left_out(table, columns)[:20]]),
        "Photos-Found": f"{found} of {named}",
    }
    return _Batch(product_rows(table, columns), headers)


def _lines(classifier: Classifier, rows: Iterator[Row], top: int, spoken: str) -> Iterator[bytes]:
    """Yield a line per row; where that cannot be, a last line that says why, and the error."""
    start = 0
    try:
        while chunk := list(islice(rows, _ROWS_AT_ONCE)):
            with speaking(spoken):
                photos, problems = zip(*map(_photo_of, chunk), strict=True)
                records = [row.values for row in chunk]
                results = list(classifier.classify_many(records, photos, top))
            for row, problem, result in zip(chunk, problems, results, strict=True):
                yield _line(start, row, result, problem)
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


def _photo_of(row: Row) -> tuple[bytes | None, str | None]:
    try:
        return _PHOTOS.photo_of(row.values), None
    except CatalogError:
        # Names of files are of no use here: nothing came with the rows.
        photo = row.values.get("photo")
        content = base64_content(photo) if isinstance(photo, str) else None
        return content, None if content else _("The photo is not a picture in base64.")


def _line(place: int, row: Row, result: RowResult, photo_problem: str | None) -> bytes:
    found = result.classification
    missing = result.error if found is not None or photo_problem is None else None
    error = "; ".join(filter(None, (row.problem, photo_problem, missing))) or None
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
