"""What guards the app beside the interface: headers for browsers, a key for its own figures."""

from __future__ import annotations

import secrets

from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class SecurityHeaders:
    """Adds the headers that OWASP's secure headers project names, as far as the app can bear them.

    Streamlit's pages run scripts and styles of their own making: a stricter content policy would
    break them.

    Args:
        app: what answers.
        frame_ancestors: sites that may show the pages in a frame, as in a content security policy.
    """

    def __init__(self, app: ASGIApp, frame_ancestors: str) -> None:
        self._app = app
        self._headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Content-Security-Policy": (
                f"frame-ancestors {frame_ancestors}; object-src 'none'; base-uri 'self'; "
                # No page of a stranger's catalogue has a browser ask elsewhere.
                "img-src 'self' data: blob:"
            ),
            "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        if frame_ancestors in ("'self'", "'none'"):
            # For browsers that do not know the policy.
            self._headers["X-Frame-Options"] = {"'self'": "SAMEORIGIN", "'none'": "DENY"}[
                frame_ancestors
            ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)


class KeyForFigures:
    """Asks for the interface's key before Streamlit tells what it counts.

    Args:
        app: what answers.
        key: none where everything is open.
    """

    _ADDRESS = "/_stcore/metrics"

    def __init__(self, app: ASGIApp, key: SecretStr | None) -> None:
        self._app, self._key = app, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = scope["type"] == "http" and scope["path"].endswith(self._ADDRESS)
        if asked and self._key is not None:
            given = Headers(scope=scope).get("x-api-key", "")
            if not is_key(given, self._key):
                refusal = PlainTextResponse(status_code=401, headers={"WWW-Authenticate": "ApiKey"})
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_key(given: str, key: SecretStr) -> bool:
    """Return whether a key is the right one, in a time that does not tell how much of it is."""
    return secrets.compare_digest(given.encode(), key.get_secret_value().encode())
