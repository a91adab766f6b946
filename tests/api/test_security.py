from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from rakuten_core.api.security import KeyForFigures, SecurityHeaders


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


def test_what_streamlit_counts_is_told_to_the_holder_of_the_key():
    app = Starlette(routes=[Route("/_stcore/metrics", lambda _request: PlainTextResponse("1"))])
    key = "sixteen characters"
    client = TestClient(KeyForFigures(app, SecretStr(key)))
    assert client.get("/_stcore/metrics").status_code == 401
    assert client.get("/_stcore/metrics", headers={"X-API-Key": "é".encode()}).status_code == 401
    assert client.get("/_stcore/metrics", headers={"X-API-Key": key}).text == "1"
    assert TestClient(KeyForFigures(app, None)).get("/_stcore/metrics").text == "1"
