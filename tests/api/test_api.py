"""The HTTP interface, asked as a program asks."""

import asyncio
import base64
import gzip
import io
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pandas as pd
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from rakuten_core.api import batch as api_batch
from rakuten_core.api import classify, monitoring
from rakuten_core.api.application import create_api
from rakuten_core.api.openapi import DESCRIPTION, description
from rakuten_core.api.settings import Settings
from rakuten_core.data.sample import draw_product
from rakuten_core.errors import AssetError
from rakuten_core.inference import shared_classifier
from rakuten_core.taxonomy import CODES
from tests.conftest import encode

CASES = Path(__file__).parents[1] / "cases"
TITLE = "Piscine hors sol ronde avec pompe de filtration"


def client_of(**settings) -> TestClient:
    api = create_api(Settings(**settings))
    return TestClient(Starlette(routes=[Mount("/api", api)]), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client() -> TestClient:
    return client_of()


@pytest.fixture(scope="module")
def photo() -> bytes:
    import random

    return encode(draw_product(2583, 200, random.Random(0)), "JPEG")


def is_problem(answer, status: int, said: str = "") -> bool:
    problem = answer.json()
    return (
        answer.status_code == status == problem["status"]
        and answer.headers["content-type"] == "application/problem+json"
        and said in problem["detail"]
        and problem["request_id"] == answer.headers["x-request-id"]
        and problem["instance"] == answer.request.url.path
    )


def test_json_and_form_get_the_answer_of_the_library(client, photo):
    expected = shared_classifier().classify(TITLE, "Neuve", photo, top=3)
    ranked = [(each.product_type.code, round(each.probability, 6)) for each in expected.ranking]
    given = {"title": TITLE, "description": "Neuve", "top": 3}
    as_json = given | {"photo": base64.b64encode(photo).decode()}
    for answer in (
        client.post("/api/classify", json=as_json),
        client.post("/api/classify", data=given, files={"photo": ("x.jpg", photo)}),
    ):
        assert answer.status_code == 200
        body = answer.json()
        assert [(each["code"], each["probability"]) for each in body["ranking"]] == ranked
        assert (body["used"], body["decided_by"]) == (expected.used, expected.stages[-1])
        assert body["reasons"] is None


def test_reasons_come_on_request(client, photo):
    encoded = base64.b64encode(photo).decode()
    answer = client.post("/api/classify", json={"title": TITLE, "photo": encoded, "explain": True})
    body = answer.json()
    reasons = body["reasons"]
    codes = [each["code"] for each in body["ranking"]]
    assert [reasons["answer"], reasons["runner_up"]] == codes[:2]
    assert [word["text"] for word in reasons["title"]] == TITLE.split()
    assert len(reasons["photo"]) == len(reasons["photo"][0])


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"json": {}}, 422, "Nothing to classify"),
        ({"json": {"title": TITLE, "top": 28}}, 422, "top"),
        ({"json": {"title": TITLE, "colour": "blue"}}, 422, "colour"),
        ({"json": {"title": 3}}, 422, "title"),
        ({"json": {"title": TITLE, "photo": "###"}}, 422, "not a picture in base64"),
        ({"json": {"photo": base64.b64encode(b"no picture").decode()}}, 422, "picture"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 422, "JSON"),
        ({"content": b"title=x"}, 415, "multipart/form-data"),
        ({"data": {"title": "x"}, "files": {"photo": ("x.gif", b"GIF89a")}}, 422, "picture"),
        (
            {
                "content": b"--x",
                "headers": {"content-type": "multipart/form-data"},
            },
            400,
            "boundary",
        ),
    ],
)
def test_what_cannot_be_used_is_a_problem_in_words(client, asked, status, said):
    answer = client.post("/api/classify", **asked)
    assert is_problem(answer, status, said), answer.text


def test_problems_speak_the_language_of_the_caller(client):
    french = client.post("/api/classify", json={}, headers={"Accept-Language": "fr-FR, en;q=0.5"})
    assert is_problem(french, 422, "Rien à classer")


def test_what_is_too_large_is_refused_before_it_is_read():
    client = client_of(body_mb=0.01, batch_mb=0.01, batch_rows=2)
    long = {"title": "x" * 20_000}
    assert is_problem(client.post("/api/classify", json=long), 413, "0.01")
    assert is_problem(
        client.post("/api/classify", data=long, files={"photo": ("x", b"x")}), 413, "0.01"
    )
    # Without a length the body is counted while it comes.
    parts = (b" " * 5000 for _ in range(5))
    kind = {"content-type": "application/json"}
    assert is_problem(client.post("/api/classify", content=parts, headers=kind), 413)
    kind = {"content-type": "text/csv"}
    many = b"designation\n" + b"Piscine\n" * 3
    answer = client.post("/api/classify/batch", content=many, headers=kind)
    assert is_problem(answer, 413, "more than 2 rows")
    assert is_problem(
        client.post("/api/classify/batch", content=b"x" * 20_000, headers=kind), 413, "MiB"
    )


class Blocked:
    """A classifier that answers when it is told to."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

    def classify(self, *given, **settings):
        self.asked.set()
        self.go_on.wait()
        return shared_classifier().classify(*given, **settings)


@pytest.fixture
def blocked(monkeypatch):
    classifier = Blocked()
    monkeypatch.setattr(classify, "shared_classifier", lambda: classifier)
    yield classifier
    classifier.go_on.set()


def test_a_full_queue_says_when_to_come_again(blocked):
    with client_of(workers=1, waiting=0) as client:
        answers = []

        def ask() -> None:
            answers.append(client.post("/api/classify", json={"title": TITLE}))

        first = threading.Thread(target=ask)
        first.start()
        blocked.asked.wait()
        refused = client.post("/api/classify", json={"title": TITLE})
        blocked.go_on.set()
        first.join()
        assert is_problem(refused, 503, "waiting")
        assert refused.headers["retry-after"] == "1"
        assert answers[0].status_code == 200
        # The place is free again.
        assert client.post("/api/classify", json={"title": TITLE}).status_code == 200


def test_an_answer_that_takes_too_long_is_not_waited_for(blocked):
    with client_of(workers=1, answer_seconds=0.05) as client:
        assert is_problem(client.post("/api/classify", json={"title": TITLE}), 504, "0.05 seconds")


def test_a_key_is_asked_for_where_one_is_set():
    key = "a key of some length"
    client = client_of(api_key=key)
    for path in ("/api/types", "/api/models", "/api/metrics"):
        assert is_problem(client.get(path), 401, "X-API-Key")
        assert is_problem(client.get(path, headers={"X-API-Key": key[:-1]}), 401)
        assert client.get(path, headers={"X-API-Key": key}).status_code == 200
    assert is_problem(client.post("/api/classify", json={"title": TITLE}), 401)
    assert client.get("/api/health").json() == {"status": "ok"}
    assert client.get("/api/ready").json() == {"status": "ready"}


def test_other_sites_may_ask_only_where_they_are_named(client):
    origin = {"Origin": "https://shop.example"}
    assert "access-control-allow-origin" not in client.get("/api/types", headers=origin).headers
    opened = client_of(cors_origins=["https://shop.example"])
    answer = opened.get("/api/types", headers=origin)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    other = opened.get("/api/types", headers={"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers


def test_the_log_names_requests_and_never_their_content(client, capsys):
    answer = client.post(
        "/api/classify", json={"title": "Très secret"}, headers={"X-Request-ID": "mine-1"}
    )
    assert answer.headers["x-request-id"] == "mine-1"
    out = capsys.readouterr().out
    line = json.loads(out.splitlines()[-1])
    assert (line["request_id"], line["path"], line["status"]) == ("mine-1", "/api/classify", 200)
    assert "secret" not in out
    # What is no plain id is not repeated.
    given = client.get("/api/health", headers={"X-Request-ID": 'a"b'}).headers["x-request-id"]
    assert len(given) == 32


def test_what_fails_is_named_like_any_other_request(client, monkeypatch, capsys):
    def fail():
        raise ZeroDivisionError

    monkeypatch.setattr(classify, "shared_classifier", fail)
    headers = {"X-Request-ID": "mine-2", "Accept-Language": "fr"}
    answer = client.post("/api/classify", json={"title": TITLE}, headers=headers)
    assert is_problem(answer, 500, "Le serveur")
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "mine-2"
    failed, request = map(json.loads, capsys.readouterr().out.splitlines()[-2:])
    assert "ZeroDivisionError" in failed["exception"]
    assert (request["request_id"], request["status"]) == ("mine-2", 500)


def batch(client, content: bytes, kind: str, **settings) -> list[dict]:
    answer = client.post(
        "/api/classify/batch", content=content, headers={"content-type": kind}, **settings
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/jsonl"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_batch_gets_a_line_per_row_whatever_its_format(client, photo):
    rows = [
        {"productid": "7", "designation": TITLE, "description": "", "photo": photo},
        {"productid": "8", "designation": "Livre de poche", "description": "", "photo": None},
        {"productid": "9", "designation": "", "description": "", "photo": None},
        {"productid": "10", "designation": "Coussin", "description": "", "photo": b"no picture"},
    ]

    def encoded(row):
        picture = row["photo"]
        return row | {"photo": base64.b64encode(picture).decode() if picture else None}

    parquet, table = io.BytesIO(), pd.DataFrame(rows)
    table.to_parquet(parquet)
    texts = [encoded(row) for row in rows]
    lines = "\n".join(json.dumps(row) for row in texts).encode()
    csv = pd.DataFrame(texts).rename(columns={"designation": "title"}).to_csv(sep=";", index=False)
    answers = [
        batch(client, csv.encode(), "text/csv"),
        batch(client, lines, "application/jsonl"),
        batch(client, parquet.getvalue(), "application/vnd.apache.parquet"),
    ]

    def told(line):
        found = line["answer"]
        best = found and (found["ranking"][0]["code"], found["used"])
        return line["row"], line["productid"], best, line["error"]

    expected = [told(line) for line in answers[0]]
    assert [each[:2] for each in expected] == [(0, "7"), (1, "8"), (2, "9"), (3, "10")]
    used = shared_classifier().classify(TITLE, "", photo).used
    assert expected[0][2][1] == used and expected[0][3] is None
    assert expected[2][2] is None and "no title" in expected[2][3]
    assert expected[3][2][1] == "text" and "picture" in expected[3][3]
    for other in answers[1:]:
        assert [told(line) for line in other] == expected


def test_a_batch_says_what_is_wrong_with_the_layout_of_a_row(client):
    short, good = batch(client, b"ref;title;description\n7;Lampe\n8;Lampe;bleue\n", "text/csv")
    assert short["answer"] is not None and "2 columns instead of 3" in short["error"]
    assert good["error"] is None


def test_a_batch_without_models_is_a_problem(client, monkeypatch):
    def missing():
        raise AssetError("no models here")

    monkeypatch.setattr(api_batch, "shared_classifier", missing)
    kind = {"content-type": "text/csv"}
    answer = client.post("/api/classify/batch", content=b"title\nLampe\n", headers=kind)
    assert is_problem(answer, 503, "no models here")


def test_a_batch_that_nobody_listens_to_makes_way_for_the_next():
    """A client that goes away in the middle leaves its place at once."""
    api = Starlette(routes=[Mount("/api", create_api(Settings(batches=1)))])
    body = b"title\n" + b"Piscine\n" * 500
    sent: list[int] = []

    async def ask(stay: bool) -> None:
        waiting = [{"type": "http.request", "body": body, "more_body": False}]
        gone = asyncio.Event()

        async def receive():
            if waiting:
                return waiting.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.start":
                sent.append(message["status"])
            elif not stay:
                gone.set()

        path = "/api/classify/batch"
        scope = {
            **{"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}},
            **{"http_version": "1.1", "method": "POST", "scheme": "http", "path": path},
            **{"raw_path": path.encode(), "query_string": b"", "root_path": ""},
            "headers": [(b"content-type", b"text/csv")],
        }
        await api(scope, receive, send)

    async def both() -> None:
        await ask(stay=False)
        await ask(stay=True)

    asyncio.run(both())
    assert sent == [200, 200]


@contextmanager
def served(**settings) -> Iterator[str]:
    """Yield the address of the interface, served by a real server."""
    api = Starlette(routes=[Mount("/api", create_api(Settings(**settings)))])
    server = uvicorn.Server(uvicorn.Config(api, log_level="critical", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/api"
        finally:
            server.should_exit = True
            thread.join()


def streamed(address: str, content: bytes) -> tuple[int, list[dict], bool]:
    """Return status and lines of a batch as a client counts them, and whether it ended well."""
    kind = {"content-type": "application/vnd.apache.parquet"}
    received = b""
    with httpx2.stream("POST", f"{address}/classify/batch", content=content, headers=kind) as got:
        try:
            for part in got.iter_raw():
                received += part
        except httpx2.RemoteProtocolError:
            return got.status_code, [json.loads(line) for line in received.splitlines()], False
    return got.status_code, [json.loads(line) for line in received.splitlines()], True


def test_a_batch_gets_all_its_lines_or_the_connection_breaks(monkeypatch):
    content = (CASES / "71e_zero_date_in_row_560.parquet").read_bytes()
    asked = []
    whole = shared_classifier()

    class Failing:
        """Fails at the fourth chunk."""

        def classify_many(self, *given):
            asked.append(given)
            if len(asked) == 4:
                raise AssetError("A model is gone.")
            return whole.classify_many(*given)

    with served() as address:
        status, lines, complete = streamed(address, content)
        assert (status, len(lines), complete) == (200, 600, True)
        assert [line["row"] for line in lines] == list(range(600))
        monkeypatch.setattr(api_batch, "shared_classifier", Failing)
        status, lines, complete = streamed(address, content)
    assert (status, len(lines), complete) == (200, 193, False)
    assert lines[-1]["answer"] is None
    assert "rows from 192 on were not answered. A model is gone." in lines[-1]["error"]


def test_latin_1_bytes_in_a_needed_column_are_told(client):
    content = (CASES / "70_latin1_in_string_column.parquet").read_bytes()
    lines = batch(client, content, "application/vnd.apache.parquet")
    assert len(lines) == 3 and all(line["answer"] for line in lines)
    assert "not UTF-8" in lines[0]["error"] and lines[1]["error"] is None


def test_a_batch_says_how_it_was_read_and_takes_what_it_is_said(client):
    content = (CASES / "62_nom_du_produit.csv").read_bytes()
    kind = {"content-type": "text/csv"}
    answer = client.post("/api/classify/batch", content=content, headers=kind)
    assert json.loads(answer.headers["columns-read"]) == {
        "title": "Nom du produit",
        "description": "Description",
        "id": "Référence",
        "photo": "Photo principale",
    }
    # The rows name files, which did not come with them.
    assert answer.headers["photos-found"] == "0 of 2"
    given = b"ref;accroche;atouts\n1;Piscine ronde;Livraison gratuite et rapide\n"
    chosen = {"columns": ["title=accroche"]}
    answer = client.post("/api/classify/batch", content=given, headers=kind, params=chosen)
    assert json.loads(answer.headers["columns-read"]) == {"title": "accroche", "id": "ref"}
    assert json.loads(answer.headers["texts-left-out"]) == ["atouts"]
    wrong = {"columns": ["title"]}
    answer = client.post("/api/classify/batch", content=given, headers=kind, params=wrong)
    assert is_problem(answer, 422, "FIELD=COLUMN")


def test_a_packed_batch_is_unpacked_within_its_limit(client):
    packed = {"content-type": "text/csv", "content-encoding": "gzip"}
    content = gzip.compress(b"title\nPiscine\n")
    answer = client.post("/api/classify/batch", content=content, headers=packed)
    assert len(answer.text.splitlines()) == 1
    # Two members one after the other, and a packed file that no header announces.
    two = content + gzip.compress(b"Lampe\n")
    for headers in (packed, {"content-type": "text/csv"}):
        answer = client.post("/api/classify/batch", content=two, headers=headers)
        assert len(answer.text.splitlines()) == 2
    cut = client.post("/api/classify/batch", content=content[:-9], headers=packed)
    assert is_problem(cut, 400, "not complete gzip")
    bomb = gzip.compress(b"title\n" + b"a" * 3_000_000)
    small = client_of(batch_mb=1.0)
    answer = small.post("/api/classify/batch", content=bomb, headers=packed)
    assert is_problem(answer, 413, "MiB")
    other = {"content-type": "text/csv", "content-encoding": "br"}
    answer = client.post("/api/classify/batch", content=b"x", headers=other)
    assert is_problem(answer, 415, "gzip")


def test_a_photo_may_be_a_data_address(client, photo):
    text = base64.b64encode(photo).decode()
    lines = [json.dumps({"photo": each}) for each in (text, f"data:image/jpeg;base64,{text}")]
    found = batch(client, "\n".join(lines).encode(), "application/jsonl")
    assert found[0]["answer"]["ranking"] == found[1]["answer"]["ranking"]
    one = client.post("/api/classify", json={"photo": f"data:image/jpeg;base64,{text}"}).json()
    assert one["ranking"][0]["code"] == found[0]["answer"]["ranking"][0]["code"]


def test_a_batch_answers_as_one_by_one_does(client):
    titles = [f"{word} numéro {number}" for word in ("Piscine", "Livre") for number in range(40)]
    lines = "\n".join(json.dumps({"title": title}) for title in titles).encode()
    found = batch(client, lines, "application/x-ndjson", params={"top": 2})
    assert [line["row"] for line in found] == list(range(80))
    for line, title in list(zip(found, titles, strict=True))[::16]:
        alone = client.post("/api/classify", json={"title": title, "top": 2}).json()
        assert [each["code"] for each in line["answer"]["ranking"]] == [
            each["code"] for each in alone["ranking"]
        ]


@pytest.mark.parametrize(
    ("content", "kind", "status", "said"),
    [
        (b"colour\nblue\n", "text/csv", 422, "title"),
        (b"", "text/csv", 422, "The file is empty"),
        (bytes(range(256)) * 4, "text/csv", 422, "not a text file"),
        (b'{"title": "x"}\n[1]\n', "application/jsonl", 422, "Line 2"),
        (b'{"title": "x"}\n{"title"\n', "application/jsonl", 422, "Line 2"),
        (b"PAR1", "application/vnd.apache.parquet", 422, "not a Parquet"),
        (b"x", "application/pdf", 415, "text/csv"),
    ],
)
def test_a_batch_that_cannot_be_read_is_a_problem(client, content, kind, status, said):
    answer = client.post("/api/classify/batch", content=content, headers={"content-type": kind})
    assert is_problem(answer, status, said), answer.text
    # And another one may follow.
    assert len(batch(client, b"title\nPiscine\n", "text/csv")) == 1


def test_types_and_models_are_described(client):
    types = client.get("/api/types").json()
    assert [each["code"] for each in types] == list(CODES)
    models = client.get("/api/models").json()
    answering = [each["name"] for each in models if each["answers"]]
    assert answering == list(shared_classifier().stages)
    card = client.get(f"/api/models/{answering[-1]}").json()
    assert card["card"].startswith("# ")
    assert card["metrics"]["all"]["weighted_f1"] == card["weighted_f1"]
    assert is_problem(client.get("/api/models/nobody"), 404, "nobody")
    assert is_problem(client.get("/api/nothing"), 404, "/api/docs")


def test_figures_are_those_of_prometheus(client):
    def count(name: str, **labels) -> float:
        return monitoring.REGISTRY.get_sample_value(name, labels) or 0.0

    used = {"used": "text", "decided_by": shared_classifier().classify(TITLE).stages[-1]}
    before = count("rakuten_answers_total", **used), count("rakuten_errors_total", kind="key")
    assert client.post("/api/classify", json={"title": TITLE}).json()["used"] == "text"
    client_of(api_key="0123456789abcdef").get("/api/types")
    after = count("rakuten_answers_total", **used), count("rakuten_errors_total", kind="key")
    assert [one - other for one, other in zip(after, before, strict=True)] == [1, 1]
    text = client.get("/api/metrics").text
    assert "rakuten_answer_seconds_bucket" in text and "rakuten_queue" in text


def test_the_committed_description_is_that_of_the_code():
    assert json.loads(Path(DESCRIPTION).read_text(encoding="utf-8")) == description()


def test_the_documentation_needs_no_other_host(client):
    page = client.get("/api/docs")
    assert page.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(sources) >= 2
    for source in sources:
        assert source.startswith("/api/")
        assert client.get(source).status_code == 200
