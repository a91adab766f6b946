"""What visitors upload takes a bounded memory, and none once they have left."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import Response

from pages.shared import upload_memory
from pages.shared.upload_memory import UploadMemory


class App:
    """Stands for Streamlit: it keeps what is uploaded, and knows whose page is connected."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.connected: set[str] = set()
        self.uploaded_file_mgr = self

    async def __call__(self, scope, receive, send) -> None:
        visitor, file = scope["path"].split("/")[-2:]
        content = await Request(scope, receive).body()
        self.files.setdefault(visitor, {})[file] = content
        self.connected.add(visitor)
        await Response(status_code=204)(scope, receive, send)

    def get_files(self, visitor: str, files: list[str]) -> list[bytes]:
        kept = self.files.get(visitor, {})
        return [kept[each] for each in files if each in kept]

    def remove_session_files(self, visitor: str) -> None:
        self.files.pop(visitor, None)

    def is_active_session(self, visitor: str) -> bool:
        return visitor in self.connected


@pytest.fixture
def app(monkeypatch) -> App:
    made = App()
    monkeypatch.setattr(upload_memory, "get_instance", lambda: made)
    return made


async def upload(guarded: UploadMemory, path: str, size: int, says_size: bool = True) -> int:
    """Upload so many bytes, and return the status of the answer."""
    statuses = []

    async def receive():
        return {"type": "http.request", "body": b"x" * size, "more_body": False}

    async def send(message):
        statuses.append(message.get("status"))

    length = [(b"content-length", str(size).encode())] if says_size else []
    scope = {"type": "http", "method": "PUT", "headers": length}
    await guarded({**scope, "path": f"/_stcore/upload_file/{path}"}, receive, send)
    return statuses[0]


def test_uploads_of_one_visitor_and_of_all_are_bounded(app):
    guarded = UploadMemory(app, most=250, most_of_one=100)

    async def visit() -> list[int]:
        return [
            await upload(guarded, "anne/table", 60),
            await upload(guarded, "anne/photos", 50),
            await upload(guarded, "anne/unknown", 1, says_size=False),
            await upload(guarded, "bruno/table", 90),
            # While it comes, it is kept twice.
            await upload(guarded, "carla/table", 60),
            await upload(guarded, "carla/table", 50),
        ]

    assert asyncio.run(visit()) == [204, 507, 507, 204, 507, 204]
    assert {visitor: list(files) for visitor, files in app.files.items()} == {
        "anne": ["table"],
        "bruno": ["table"],
        "carla": ["table"],
    }


def test_what_a_page_has_removed_makes_room(app):
    guarded = UploadMemory(app, most=1000, most_of_one=100)

    async def visit() -> list[int]:
        first = await upload(guarded, "anne/table", 100)
        app.remove_session_files("anne")
        return [first, await upload(guarded, "anne/other", 100)]

    assert asyncio.run(visit()) == [204, 204]


def test_the_files_of_those_who_left_are_freed(app, monkeypatch):
    monkeypatch.setattr(upload_memory, "_SWEEP_SECONDS", 0.001)
    monkeypatch.setattr(upload_memory.config, "get_option", lambda _name: 0)
    guarded = UploadMemory(app, most=1000, most_of_one=100)

    async def visit() -> None:
        await upload(guarded, "anne/table", 100)
        await upload(guarded, "bruno/table", 100)
        app.connected.remove("anne")
        while "anne" in app.files:
            await asyncio.sleep(0)

    asyncio.run(visit())
    assert list(app.files) == ["bruno"]


def test_other_requests_pass(app):
    async def ask() -> list[dict]:
        sent: list[dict] = []

        async def passed(scope, _receive, send) -> None:
            await send({"status": 200, "path": scope["path"]})

        async def send(message):
            sent.append(message)

        guarded = UploadMemory(passed, most=0, most_of_one=0)
        for method, path in (("GET", "/_stcore/upload_file/a/b"), ("PUT", "/other")):
            await guarded({"type": "http", "method": method, "path": path}, None, send)
        return sent

    assert [each["path"] for each in asyncio.run(ask())] == ["/_stcore/upload_file/a/b", "/other"]
