"""Load on the HTTP interface; prints JSON: python -m benchmarks.api CONNECTIONS SECONDS

Serves the app, opens so many connections that stay, and asks again as soon as an answer is there.
The client shares the machine with the server.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import psutil

from benchmarks.measure import TITLE, multipart, pictures, serving, summary

# As the test products are: seven in ten are sure after the first stage, two after the second, and
# one is asked about at all of them.
TITLES = (*[TITLE] * 7, "Kit complet neuf", "Le guide du jardin", "Support mural noir")


def _ask(
    connection: http.client.HTTPConnection, fields: dict[str, str], photo: bytes | None
) -> int:
    body, kind = multipart(fields, photo)
    connection.request("POST", "/api/classify", body, {"Content-Type": kind})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def load(
    address: str, connections: int, seconds: float, photos: list[bytes | None]
) -> dict[str, Any]:
    """Return rate, latency and errors of so many connections that ask without pause.

    Args:
        address: of the server.
        connections: how many.
        seconds: how long.
        photos: asked with in turn; None for a text alone.
    """
    host = urlsplit(address).netloc
    end = time.perf_counter() + seconds
    durations: list[float] = []
    errors = dict[str, int]()
    lock = threading.Lock()

    def visitor(number: int) -> None:
        connection = http.client.HTTPConnection(host, timeout=60)
        asked = number
        while (start := time.perf_counter()) < end:
            fields = {"title": f"{TITLES[asked % len(TITLES)]} {asked}"}
            try:
                status: int | str = _ask(connection, fields, photos[asked % len(photos)])
            except OSError as error:
                status = type(error).__name__
            asked += connections
            with lock:
                if status == 200:
                    durations.append(1000 * (time.perf_counter() - start))
                else:
                    errors[str(status)] = errors.get(str(status), 0) + 1
        connection.close()

    threads = [threading.Thread(target=visitor, args=(number,)) for number in range(connections)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The last answers come after the end.
    rate = len(durations) / (time.perf_counter() - start)
    return summary(durations) | {"answers_per_second": rate, "errors": errors}


def main(connections: int, seconds: float) -> None:
    """Measure and print."""
    with serving() as (address, process):
        texts = load(address, connections, seconds, [None])
        photos = load(address, connections, seconds, list(pictures(27)))
        memory = psutil.Process(process).memory_info().rss / 2**20
    print(json.dumps({"texts": texts, "texts and photos": photos, "memory_mb": memory}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
