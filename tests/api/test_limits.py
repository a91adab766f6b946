"""What strangers send costs the server little, however it is made or sent."""

import asyncio
import io
import json
import logging

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Mount

from rakuten_core.api.application import create_api
from rakuten_core.api.open_files import Rarely
from rakuten_core.api.settings import Settings
from rakuten_core.sandbox import Budget, Sandbox
from tests.api.test_api import client_of, is_problem
from tests.conftest import encode


def test_json_of_more_names_than_a_product_has_is_refused_in_few_words():
    client = client_of()
    for body in (
        "{" + ",".join(f'"n{number}":1' for number in range(300_000)) + "}",
        '{"title":[' + "1," * 500_000 + "1]}",
    ):
        answer = client.post(
            "/api/classify", content=body, headers={"content-type": "application/json"}
        )
        assert is_problem(answer, 422, "more parts than a product")
    few = {f"{'n' * 500}{number}": 1 for number in range(40)}
    answer = client.post("/api/classify", json=few)
    assert is_problem(answer, 422) and len(answer.json()["detail"]) < 1000
    # A text may hold as many marks as it likes.
    answer = client.post("/api/classify", json={"title": "Piscine " + '"' * 5000 + "," * 5000})
    assert answer.status_code == 200


def test_bodies_that_wait_take_no_more_memory_than_there_is_for_them():
    client = client_of(bodies_mb=0.01)
    assert client.post("/api/classify", json={"title": "Piscine"}).status_code == 200
    answer = client.post("/api/classify", json={"title": "Piscine " * 2000})
    assert is_problem(answer, 503, "waiting") and answer.headers["retry-after"] == "1"


def asked(api: Starlette, path: str, parts: list[bytes], **scope: object) -> list[dict]:
    """Return what is sent to a caller whose body arrives in parts, and then no more."""
    sent: list[dict] = []

    async def ask() -> None:
        arriving = list(parts)

        async def receive():
            if arriving:
                return {"type": "http.request", "body": arriving.pop(0), "more_body": True}
            await asyncio.Event().wait()

        async def send(message):
            sent.append(message)

        await api(
            {
                **{"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}},
                **{"http_version": "1.1", "method": "POST", "scheme": "http", "path": path},
                **{"raw_path": path.encode(), "query_string": b"", "root_path": ""},
                **scope,
            },
            receive,
            send,
        )

    asyncio.run(ask())
    return sent


@pytest.mark.parametrize(
    ("path", "kind"), [("classify", b"application/json"), ("classify/batch", b"text/csv")]
)
def test_a_body_that_does_not_arrive_is_not_waited_for(path, kind):
    api = Starlette(routes=[Mount("/api", create_api(Settings(body_seconds=0.2)))])
    start, body = asked(api, f"/api/{path}", [b"tit"], headers=[(b"content-type", kind)])
    assert start["status"] == 408 and b"0.2 seconds" in body["body"]


def test_a_caller_who_leaves_is_no_fault_of_the_server(caplog, capsys):
    api = Starlette(routes=[Mount("/api", create_api(Settings()))])

    async def ask() -> None:
        async def receive():
            return {"type": "http.disconnect"}

        async def send(message):
            raise AssertionError(message)

        path = "/api/classify"
        await api(
            {
                **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1"},
                **{"method": "POST", "scheme": "http", "path": path, "root_path": ""},
                **{"raw_path": path.encode(), "query_string": b""},
                "headers": [(b"content-type", b"application/json")],
            },
            receive,
            send,
        )

    with caplog.at_level(logging.INFO):
        asyncio.run(ask())
    (line,) = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert (line["status"], line["level"]) == (499, "info")


def test_a_batch_that_unpacks_to_gigabytes_is_refused(monkeypatch):
    budget = Sandbox(Budget(seconds=20, memory_mb=150, output_mb=50))
    monkeypatch.setattr("rakuten_core.api.batch.reading", lambda: budget)
    texts = pa.array(["x" * 1_000_000])
    content = io.BytesIO()
    large = pa.DictionaryArray.from_arrays(pa.array(np.zeros(2000, np.int32)), texts)
    nested = pa.table({"titre": pa.array([[text] * 400 for text in large.to_pylist()[:1]])})
    pq.write_table(nested, content, compression="zstd")
    answer = client_of().post(
        "/api/classify/batch",
        content=content.getvalue(),
        headers={"content-type": "application/vnd.apache.parquet"},
    )
    assert is_problem(answer, 413, "memory")


def test_a_photo_of_thousands_of_scans_is_refused_at_once():
    photo = encode(Image.new("RGB", (64, 64)), "JPEG", progressive=True)
    last = photo.rindex(b"\xff\xda")
    photo = photo[:last] + photo[last:-2] * 9_000 + photo[-2:]
    answer = client_of().post("/api/classify", files={"photo": ("x.jpg", photo)})
    assert is_problem(answer, 422, "scans")


def test_a_form_without_its_last_line_is_not_answered_from():
    body = b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nPiscine\r\n--b'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    for end, status in ((b"--\r\n", 200), (b"--", 200), (b"", 400)):
        answer = client_of().post("/api/classify", content=body + end, headers=headers)
        assert answer.status_code == status
    assert is_problem(answer, 400, "its last line is missing")


def test_head_is_answered_as_get_is_without_the_content():
    client = client_of()
    for path in ("health", "types", "nothing"):
        head, get = client.head(f"/api/{path}"), client.get(f"/api/{path}")
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["content-type"] == get.headers["content-type"]


def test_a_message_that_repeats_is_logged_rarely():
    def record(message: str) -> logging.LogRecord:
        return logging.LogRecord("asyncio", logging.ERROR, __file__, 1, message, None, None)

    rarely = Rarely(seconds=3600)
    assert [rarely.filter(record(each)) for each in ("full", "full", "else")] == [True, False, True]
    assert Rarely(seconds=0).filter(record("full"))
