"""How much memory the uploads of visitors take: bounded, and freed when they have left."""

from __future__ import annotations

import asyncio
from typing import cast

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.runtime import get_instance

from rakuten_core.language import _, accepted, speaking

_ADDRESS = "/_stcore/upload_file/"
_SWEEP_SECONDS = 10.0


class UploadMemory:
    """Refuses uploads beyond a bound, and frees those of visitors who have left.

    Streamlit keeps what any visitor uploads, whether a page asks for it or not, and after they have
    left until somebody else leaves.

    Args:
        app: what answers.
        most: bytes of all visitors together. What is on its way counts twice: until it is complete,
            it is kept in a temporary file too.
        most_of_one: bytes of one visitor.
    """

    def __init__(self, app: ASGIApp, most: int, most_of_one: int) -> None:
        self._app, self._most, self._most_of_one = app, most, most_of_one
        # By the visitor's session and the file's id.
        self._kept: dict[tuple[str, str], int] = {}
        self._coming: dict[tuple[str, str], int] = {}
        self._left_at: dict[str, float] = {}
        self._sweeping: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "PUT" or _ADDRESS not in scope["path"]:
            await self._app(scope, receive, send)
            return
        visitor, _slash, file = scope["path"].rpartition(_ADDRESS)[2].partition("/")
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        size = int(length) if length.isdecimal() else self._most_of_one
        self._forget_removed()
        if self._has_room(visitor, size):
            await self._take((visitor, file), size, scope, receive, send)
            return
        with speaking(accepted(headers.get("accept-language", ""))):
            words = _("There is no room for this upload now. Try again later, or with less.")
        # Insufficient storage (RFC 4918).
        refusal = PlainTextResponse(words, 507, {"Retry-After": "60", "Connection": "close"})
        await refusal(scope, receive, send)

    async def _take(
        self, name: tuple[str, str], size: int, scope: Scope, receive: Receive, send: Send
    ) -> None:
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        self._coming[name] = size
        try:
            await self._app(scope, receive, watched)
        finally:
            self._coming.pop(name, None)
        if status < 300:
            self._kept[name] = size
            if self._sweeping is None or self._sweeping.done():
                self._sweeping = asyncio.create_task(self._sweep())

    def _has_room(self, visitor: str, size: int) -> bool:
        files = [*self._kept.items(), *self._coming.items()]
        own = sum(kept for (each, _file), kept in files if each == visitor)
        together = sum(self._kept.values()) + 2 * sum(self._coming.values())
        return own + size <= self._most_of_one and together + 2 * size <= self._most

    def _forget_removed(self) -> None:
        files = get_instance().uploaded_file_mgr
        self._kept = {
            (visitor, file): size
            for (visitor, file), size in self._kept.items()
            if files.get_files(visitor, [file])
        }

    async def _sweep(self) -> None:
        """Free the files of visitors who have left, until none is kept."""
        runtime, clock = get_instance(), asyncio.get_running_loop().time
        while self._kept:
            await asyncio.sleep(_SWEEP_SECONDS)
            self._forget_removed()
            left = {each for each, _file in self._kept if not runtime.is_active_session(each)}
            self._left_at = {each: self._left_at.get(each, clock()) for each in left}
            # As long as a visitor whose connection broke may come back.
            patience = cast(int, config.get_option("server.disconnectedSessionTTL"))
            for visitor, since in self._left_at.items():
                if clock() - since >= patience:
                    runtime.uploaded_file_mgr.remove_session_files(visitor)
