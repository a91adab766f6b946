"""Errors as problem details (RFC 9457), with the library's own words."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from rakuten_core.api import monitoring
from rakuten_core.api.request_log import request_id
from rakuten_core.errors import AssetError, LimitError, RakutenError
from rakuten_core.language import _, accepted, speaking

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field("about:blank", description="what kind of problem it is")
    title: str = Field(description="the meaning of the status", examples=["Unprocessable Content"])
    status: int = Field(description="the HTTP status", examples=[422])
    detail: str = Field(
        description="what was wrong and what to do",
        examples=["Nothing to classify. Give a title, a description or a photo."],
    )
    instance: str = Field(description="the path that was asked", examples=["/api/classify"])
    request_id: str = Field(description="names the request in the server's log")


class ApiError(Exception):
    """A request that cannot be answered.

    Args:
        status: of the answer.
        kind: names the error in the metrics.
        detail: what was wrong and what to do.
        headers: of the answer.
    """

    def __init__(
        self, status: int, kind: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = headers or {}


def problem(
    request: Request, status: int, kind: str, detail: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return a problem as an answer, and count it."""
    monitoring.ERRORS.labels(kind=kind).inc()
    content = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=request_id(),
    )
    return JSONResponse(content.model_dump(), status, headers, MEDIA_TYPE)


async def _of_api(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return problem(request, error.status, error.kind, error.detail, error.headers)


async def _of_library(request: Request, error: Exception) -> JSONResponse:
    """Return an error in the library's words: unusable input, or a model that is not there."""
    status = 503 if isinstance(error, AssetError) else 413 if isinstance(error, LimitError) else 422
    # The missing files may be restored meanwhile.
    headers = {"Retry-After": "60"} if status == 503 else None
    return problem(request, status, type(error).__name__, str(error), headers)


async def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem(request, 422, "validation", in_words(error.errors()))


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    if error.status_code == 404:
        detail = _("There is nothing under this address. {docs} lists what there is.").format(
            docs="/api/docs"
        )
    return problem(request, error.status_code, "http", detail, dict(error.headers or {}))


def unforeseen(request: Request) -> JSONResponse:
    """Return the answer to a request at which the server failed."""
    with speaking(accepted(request.headers.get("accept-language", ""))):
        detail = _("The server failed. Its log names the reason under the request's id.")
        return problem(request, 500, "internal", detail)


HANDLERS: dict[Any, Any] = {
    ApiError: _of_api,
    RakutenError: _of_library,
    RequestValidationError: _of_validation,
    HTTPException: _of_http,
}


_MOST_ERRORS, _LONGEST_PLACE = 5, 60


def in_words(errors: Any) -> str:
    """Return the first of pydantic's errors as one sentence each, without what was received."""
    sentences = []
    for each in errors[:_MOST_ERRORS]:
        place = ".".join(str(part)[:_LONGEST_PLACE] for part in each["loc"] if part != "body")
        said = each["msg"].removeprefix("Value error, ").rstrip(".")
        sentences.append(f"{place}: {said}." if place else f"{said}.")
    return " ".join(sentences)


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "model": Problem,
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, description in {
        400: "The body cannot be read",
        408: "The body has not arrived in time",
        401: "The key is missing or wrong",
        413: "The body is too large",
        415: "The body is of another kind",
        422: "What was given cannot be used",
        503: "Too much is waiting, or a model is missing; `Retry-After` says when to come again",
        504: "The answer took too long",
    }.items()
}
"""What every way of asking may answer instead, for the OpenAPI description."""
