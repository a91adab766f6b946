"""A line in the log for each request to the API: what was asked, never what it contained."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[\w.-]{1,64}")
# As nginx calls it.
_CLIENT_LEFT = 499
_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """Return the id of the request that is being answered."""
    return _id.get()


def logger(level: str) -> Any:
    """Return a logger that writes one JSON object per line to standard output.

    Args:
        level: of `logging`, such as `INFO`.
    """
    return structlog.wrap_logger(
        structlog.PrintLogger(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
    )


class RequestLog:
    """Gives each request an id, or keeps the one that it brings, and writes a line when it ends.

    What fails is answered here: further out the request's id is not known any more.

    Args:
        app: what answers.
        log: of `logger`.
        failed: returns the answer to a request at which `app` failed.
    """

    def __init__(self, app: ASGIApp, log: Any, failed: Callable[[Request], Response]) -> None:
        self._app = app
        self._log = log
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(HEADER.lower().encode(), b"").decode("latin-1")
        chosen = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
        token = _id.set(chosen)
        start = time.perf_counter()
        status: int | None = None

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (HEADER.lower().encode(), chosen.encode()),
                ]
            await send(message)

        facts = {"request_id": chosen, "method": scope["method"], "path": scope["path"]}
        try:
            await self._app(scope, receive, named)
        except ClientDisconnect:
            # No fault of the server: the caller has closed the connection.
            status = _CLIENT_LEFT
        except Exception:
            self._log.error("failed", **facts, exc_info=True)
            if status is not None:
                # The answer has begun: all that is left is to break it off.
                raise
            await self._failed(Request(scope))(scope, receive, named)
        finally:
            milliseconds = round(1000 * (time.perf_counter() - start), 1)
            self._log.info("request", **facts, status=status, milliseconds=milliseconds)
            _id.reset(token)
