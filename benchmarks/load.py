"""Many visitors who each ask *Classify a product* six times; prints JSON.

python -m benchmarks.load SESSIONS [ASKS]

Serves the app, opens one web socket per visitor as a browser does, writes another title each time
and waits until the page has answered. The client shares the machine with the server.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import urllib.request
from typing import Any

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.measure import DESCRIPTION, serving, summary

_ASKS = 6
PAGES = (
    *("", "classify", "what_if", "catalogue", "review", "automation", "story", "types", "text"),
    *("images", "preparation", "map", "compare", "errors", "inside", "labels"),
)


class Visitor:
    """A visitor of one page.

    Args:
        socket: an open connection.
        page: its address, without slash.
        query: what follows the question mark in it.
    """

    def __init__(self, socket: ClientConnection, page: str, query: str) -> None:
        self._socket = socket
        self._page, self._query = page, query
        self._title_field = self._fragment = ""

    async def open(self) -> None:
        """Open the page and wait until it is there.

        Raises:
            RuntimeError: it shows an exception.
        """
        await self._rerun(BackMsg())

    async def ask(self, title: str) -> None:
        """Write a title and wait for the answer.

        Raises:
            RuntimeError: the page shows no answer.
        """
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.string_value = self._title_field, title
        # What the page draws anew when a field changes.
        message.rerun_script.fragment_id = self._fragment
        if not await self._rerun(message):
            raise RuntimeError(f"no answer to {title}")

    async def close(self) -> None:
        """Leave."""
        await self._socket.close()

    async def _rerun(self, message: BackMsg) -> bool:
        """Run the page and return whether it shows an answer."""
        message.rerun_script.page_name = self._page
        message.rerun_script.query_string = self._query
        await self._socket.send(message.SerializeToString())
        answered = False
        async for content in self._socket:
            assert isinstance(content, bytes)
            forward = ForwardMsg.FromString(content)
            kind = forward.WhichOneof("type")
            if kind == "script_finished":
                if forward.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                return answered
            if kind == "delta" and forward.delta.WhichOneof("type") == "new_element":
                element = forward.delta.new_element
                if element.WhichOneof("type") == "exception":
                    raise RuntimeError(f"{self._page}?{self._query}: {element.exception.message}")
                if element.text_input.label == "Title":
                    self._title_field = element.text_input.id
                    self._fragment = forward.delta.fragment_id
                answered |= element.WhichOneof("type") == "plotly_chart"
        raise RuntimeError("the server closed the connection")


async def visit(address: str, page: str, query: str = "lang=en") -> Visitor:
    """Open a page as a new visitor.

    Raises:
        RuntimeError: it shows an exception.
    """
    socket = await connect(
        f"{address.replace('http', 'ws')}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        ping_interval=None,
    )
    visitor = Visitor(socket, page, query)
    await visitor.open()
    return visitor


async def _session(address: str, number: int, asks: int, pause: float) -> list[float]:
    visitor = await visit(address, "classify")
    durations = []
    for ask in range(asks):
        await asyncio.sleep(pause * random.Random(f"{number}-{ask}").uniform(0.5, 1.5))
        start = time.perf_counter()
        await visitor.ask(f"Piscine ronde {number} x {ask} {DESCRIPTION[:40]}")
        durations.append(1000 * (time.perf_counter() - start))
    await visitor.close()
    return durations


async def _load(address: str, sessions: int, asks: int, pause: float = 0.0) -> dict[str, Any]:
    """Return latency and rate of so many visitors, who may pause between what they ask."""
    start = time.perf_counter()
    parts = await asyncio.gather(
        *(_session(address, each, asks, pause) for each in range(sessions))
    )
    seconds = time.perf_counter() - start
    durations = [each for part in parts for each in part]
    return summary(durations) | {
        "sessions": sessions,
        "answers_per_second": len(durations) / seconds,
    }


async def _first_visit(address: str) -> float:
    start = time.perf_counter()
    await visit(address, "classify")
    return 1000 * (time.perf_counter() - start)


async def _every_page(address: str) -> None:
    for page in PAGES:
        await visit(address, page)


def main(sessions: int, asks: int) -> None:
    """Measure and print."""
    with serving() as (address, process):
        server = psutil.Process(process)
        first = asyncio.run(_first_visit(address))
        figures: dict[str, Any] = {"first_visit_ms": first}
        figures["8 sessions that pause for a second"] = asyncio.run(_load(address, 8, asks, 1.0))
        for count in (8, sessions):
            figures[f"{count} sessions"] = asyncio.run(_load(address, count, asks))
        asyncio.run(_every_page(address))
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=30):
            figures["memory_mb"] = server.memory_info().rss / 2**20
    print(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else _ASKS)
