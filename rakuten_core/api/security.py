"""Headers that tell browsers what they may do with the app's pages."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
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
