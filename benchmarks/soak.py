"""A server under mixed load for an hour; prints JSON: python -m benchmarks.soak [MINUTES]

Visitors of all pages who come and go, visitors of *Classify a product* who write, programs that
ask about one product or many: each with pauses, as people make them. About one
input in a hundred is made to harm (`benchmarks.hostile`). Every minute the resident memory is read.
Errors are counted, and the highest memory of the last ten minutes is compared with that of the
first ten.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

import httpx2
import psutil
from tqdm.auto import tqdm

from benchmarks.hostile import FILES, HANDLED
from benchmarks.load import PAGES, visit
from benchmarks.measure import DESCRIPTION, TITLE, pictures, serving

_FIRST_MINUTES = 10


class Soak:
    """Everything that asks, and what came of it.

    Args:
        address: of the server.
        end: on `time.monotonic`'s clock.
    """

    def __init__(self, address: str, end: float) -> None:
        self._address = address
        self._end = end
        self._photos = pictures(27)
        self.done: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()

    async def run(self) -> None:
        """Ask until the end."""
        kinds: dict[str, tuple[Callable[[random.Random], Awaitable[None]], int, float]] = {
            "page": (self._page, 2, 4.0),
            "classify": (self._classify, 6, 2.0),
            "product": (self._product, 4, 1.0),
            "batch": (self._batch, 1, 15.0),
            "hostile": (self._hostile, 1, 12.0),
        }
        async with asyncio.TaskGroup() as group:
            for name, (ask, count, pause) in kinds.items():
                for number in range(count):
                    generator = random.Random(f"{name}{number}")
                    group.create_task(self._again(name, partial(ask, generator), pause, generator))

    async def _again(
        self,
        name: str,
        ask: Callable[[], Awaitable[None]],
        pause: float,
        generator: random.Random,
    ) -> None:
        while time.monotonic() < self._end:
            try:
                await ask()
                self.done[name] += 1
            except Exception as error:
                self.errors[f"{name}: {type(error).__name__}: {error}"[:300]] += 1
            await asyncio.sleep(generator.expovariate(1 / pause))

    async def _page(self, generator: random.Random) -> None:
        visitor = await visit(self._address, generator.choice(PAGES))
        await visitor.close()

    async def _classify(self, generator: random.Random) -> None:
        visitor = await visit(self._address, "classify")
        for _ in range(6):
            await visitor.ask(f"{TITLE} {generator.randrange(10**6)}")
            await asyncio.sleep(generator.expovariate(1))
        await visitor.close()

    async def _product(self, generator: random.Random) -> None:
        fields = {"title": f"{TITLE} {generator.randrange(10**6)}", "description": DESCRIPTION}
        files = None
        if generator.random() < 0.5:
            files = {"photo": ("photo.jpg", generator.choice(self._photos))}
        else:
            files = {"photo": ("", b"")}
        async with httpx2.AsyncClient(timeout=60) as client:
            answer = await client.post(f"{self._address}/api/classify", data=fields, files=files)
        answer.raise_for_status()

    async def _batch(self, generator: random.Random) -> None:
        rows = "\n".join(
            json.dumps({"title": f"{TITLE} {generator.randrange(10**6)}"}) for _ in range(200)
        )
        async with httpx2.AsyncClient(timeout=120) as client:
            while True:
                answer = await client.post(
                    f"{self._address}/api/classify/batch",
                    content=rows,
                    headers={"Content-Type": "application/jsonl"},
                )
                if answer.status_code != 503:
                    break
                # Another batch has the place: the server says when to come again.
                await asyncio.sleep(float(answer.headers["Retry-After"]))
        answer.raise_for_status()
        if len(answer.text.splitlines()) != 200:
            raise RuntimeError("lines are missing")

    async def _hostile(self, generator: random.Random) -> None:
        body = generator.choice(FILES)(generator)
        async with httpx2.AsyncClient(timeout=120) as client:
            answer = await client.post(
                f"{self._address}/api/{body.path}",
                content=body.content,
                headers={"Content-Type": body.kind},
            )
        if answer.status_code not in HANDLED:
            raise RuntimeError(f"{body.kind}: {answer.status_code}")


async def _watched(soak: Soak, server: psutil.Process, minutes: int) -> list[float]:
    memory: list[float] = []

    async def watch() -> None:
        for _ in tqdm(range(minutes), desc="soak", unit="minute"):
            await asyncio.sleep(60)
            memory.append(server.memory_info().rss / 2**20)

    await asyncio.gather(soak.run(), watch())
    return memory


def main(minutes: int) -> None:
    """Measure and print."""
    with serving() as (address, process):
        soak = Soak(address, time.monotonic() + 60 * minutes)
        memory = asyncio.run(_watched(soak, psutil.Process(process), minutes))
    first, last = max(memory[:_FIRST_MINUTES]), max(memory[-_FIRST_MINUTES:])
    print(
        json.dumps(
            {
                "minutes": minutes,
                "done": soak.done,
                "errors": soak.errors,
                "memory_first_ten_minutes_mb": first,
                "memory_last_ten_minutes_mb": last,
                "growth": last / first - 1,
                "memory_mb": [round(each) for each in memory],
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
