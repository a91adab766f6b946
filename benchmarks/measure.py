"""What all benchmarks share: timing, memory, drawn pictures, a process of its own."""

from __future__ import annotations

import io
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from rakuten_core.data.sample import draw_product
from rakuten_core.taxonomy import CODES

ROOT = Path(__file__).parent.parent
TITLE = "Piscine hors sol ronde 3,66 m avec échelle et pompe de filtration"
DESCRIPTION = (
    "<p>Liner bleu, structure en acier.</p> Montage en une heure, b&acirc;che fournie. " * 4
)


def milliseconds(call: Callable[[int], object], runs: int, warm_up: int = 10) -> np.ndarray:
    """Return the duration of each run in milliseconds, after a warm-up."""
    for run in range(warm_up):
        call(run)
    durations = np.empty(runs)
    for run in range(runs):
        start = time.perf_counter()
        call(run)
        durations[run] = 1000 * (time.perf_counter() - start)
    return durations


def summary(durations: Sequence[float] | np.ndarray) -> dict[str, float]:
    """Return median and 95th percentile in milliseconds, and the number of runs."""
    return {
        "median_ms": float(np.median(durations)),
        "p95_ms": float(np.percentile(durations, 95)),
        "runs": len(durations),
    }


def pictures(count: int) -> list[bytes]:
    """Return drawn products as JPEG files of 500 x 500 pixels, as the catalogue's are."""
    generator = random.Random(0)
    files = []
    for number in range(count):
        buffer = io.BytesIO()
        draw_product(CODES[number % 27], 500, generator).save(buffer, "JPEG", quality=90)
        files.append(buffer.getvalue())
    return files


def multipart(fields: dict[str, str], photo: bytes | None) -> tuple[bytes, str]:
    """Return a form's body with its content type."""
    boundary = "rakuten-boundary-7d1f"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    body = "".join(parts).encode()
    if photo is not None:
        head = 'Content-Disposition: form-data; name="photo"; filename="photo.jpg"'
        body += f"--{boundary}\r\n{head}\r\n\r\n".encode() + photo + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def in_own_process(module: str, *arguments: str) -> dict[str, Any]:
    """Run a benchmark in a process of its own and return what it prints last, as JSON."""
    command = [sys.executable, "-m", module, *arguments]
    finished = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(finished.stdout.splitlines()[-1])


@contextmanager
def serving() -> Iterator[tuple[str, int]]:
    """Serve the app as `make app` does and yield its address and the number of its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "streamlit", "run", "streamlit_app.py"),
        *("--server.port", str(port), "--server.address", "127.0.0.1"),
        *("--server.headless", "true"),
    ]
    # To a file: a pipe that nobody reads would stop the server once it is full.
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, text=True
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, server, log)
            yield address, server.pid
        finally:
            server.terminate()
            server.wait()


def _wait_for(address: str, server: subprocess.Popen[str], log: TextIO) -> None:
    """Return once the server answers; it is warm by then."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=30):
                return
        except OSError:
            time.sleep(0.05)
    log.seek(0)
    raise RuntimeError(f"the server did not start: {log.read()}")


def memory(field: str = "VmHWM") -> float:
    """Return this process's peak (VmHWM) or present (VmRSS) resident memory in MB (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/self/status has no {field}")
