"""The HTTP interface: beside the app under `/api`, or alone (`make api`)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Security
from fastapi.security import APIKeyHeader
from fastapi_offline import FastAPIOffline
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rakuten_core.api import batch, catalogue, classify, operations
from rakuten_core.api.problems import HANDLERS, RESPONSES, ApiError, unforeseen
from rakuten_core.api.request_log import HEADER, RequestLog, logger
from rakuten_core.api.schemas import ProductIn, RowOut
from rakuten_core.api.security import is_key
from rakuten_core.api.settings import Settings, settings
from rakuten_core.api.warm_up import lifespan
from rakuten_core.language import _, accepted, speaking

PREFIX = "/api"
_KEY = APIKeyHeader(
    name="X-API-Key", auto_error=False, description="only where the server asks for one"
)


def create_api(chosen: Settings) -> FastAPI:
    """Return the API, to be mounted under `PREFIX`."""

    def allowed(key: Annotated[str | None, Security(_KEY)]) -> None:
        assert chosen.api_key is not None
        if not is_key(key or "", chosen.api_key):
            raise ApiError(
                401,
                "key",
                _("The key in X-API-Key is missing or wrong."),
                {"WWW-Authenticate": "ApiKey"},
            )

    # Its pages of documentation come from this server, not from a host that a company may block.
    api = FastAPIOffline(
        redoc_url=None,
        title="Rakuten product classifier",
        version="1.0.0",
        summary="A product's French title, description and photo in, one of 27 product types out.",
        description="Errors are problem details (RFC 9457); the library's own words are in the "
        "language of `Accept-Language`.",
        exception_handlers=HANDLERS,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    api.include_router(operations.open_routes())
    guarded = APIRouter(
        dependencies=[Depends(allowed)] if chosen.api_key else [],
        responses={401: RESPONSES[401]} if chosen.api_key else {},
    )
    guarded.include_router(classify.routes(chosen))
    guarded.include_router(batch.routes(chosen))
    guarded.include_router(catalogue.routes())
    guarded.include_router(operations.routes())
    api.include_router(guarded)
    api.add_middleware(CallersLanguage)
    api.add_middleware(HeadAsGet)
    if chosen.cors_origins:
        api.add_middleware(
            CORSMiddleware,
            allow_origins=chosen.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["X-API-Key", "Content-Type", HEADER],
            expose_headers=[
                HEADER,
                "Retry-After",
                "Columns-Read",
                "Texts-Left-Out",
                "Photos-Found",
            ],
        )
    api.add_middleware(RequestLog, log=logger(chosen.log_level), failed=unforeseen)
    _describe_bodies(api)
    return api


class HeadAsGet:
    """Answers `HEAD` as `GET`, without the content, as RFC 9110 wants of every server.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_content(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, without_content)


class CallersLanguage:
    """Answers in the language of `Accept-Language`.

    Not made with Starlette's `BaseHTTPMiddleware`, which ends an answer properly that broke off.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with speaking(accepted(Headers(scope=scope).get("accept-language", ""))):
            await self._app(scope, receive, send)


def _describe_bodies(api: FastAPI) -> None:
    """Add to the description what the routes read and write by themselves."""
    described = api.openapi

    def openapi() -> dict[str, object]:
        schema = described()
        for model in (ProductIn, RowOut):
            own = model.model_json_schema(ref_template="#/components/schemas/{model}")
            for name, part in own.pop("$defs", {}).items():
                schema["components"]["schemas"].setdefault(name, part)
            schema["components"]["schemas"][model.__name__] = own
        return schema

    api.openapi = openapi  # type: ignore[method-assign]


def mounted() -> Mount:
    """Return the API as the app mounts it, with the settings of the environment."""
    return Mount(PREFIX, create_api(settings()))


def alone() -> Starlette:
    """Return the API without the app: `uvicorn --factory rakuten_core.api.application:alone`."""
    return Starlette(routes=[mounted()], lifespan=lifespan)
