from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from rakuten_core.api.security import SecurityHeaders


def served(frame_ancestors: str):
    app = Starlette(routes=[Route("/", lambda _request: PlainTextResponse("page"))])
    return TestClient(SecurityHeaders(app, frame_ancestors)).get("/").headers


def test_pages_come_with_the_headers_that_guard_them():
    headers = served("'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["permissions-policy"].startswith("camera=(self)")


def test_named_sites_may_show_the_app_in_a_frame():
    headers = served("https://intranet.example")
    assert "frame-ancestors https://intranet.example" in headers["content-security-policy"]
    # An older header that knows no sites would forbid it.
    assert "x-frame-options" not in headers
