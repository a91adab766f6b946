"""The process that answers catalogues, killed at random moments: python -m benchmarks.worker_kills

python -m benchmarks.worker_kills [KILLS]

A made-up catalogue is answered by a server once undisturbed, then again and again with `kill -9`
for the worker at a moment drawn at random. What is answered in the end must be the same, byte for
byte, and the server must not have noticed. Prints JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2
import psutil
from tqdm.auto import tqdm

from benchmarks.measure import TITLE, serving
from rakuten_core.bulk.jobs import ANSWERS_FILE, Job, JobStore
from rakuten_core.data.product_columns import TableLayout
from rakuten_core.files import sha256_of

_KILLS, _ROWS = 12, 2_000


def _new_job(store: JobStore) -> Job:
    key, folder = store.new_folder()
    rows = "".join(f"{number};{TITLE} {number}\n" for number in range(_ROWS))
    (folder / "source.csv").write_text(f"ref;titre\n{rows}")
    return store.create(key, "mine.csv", TableLayout(), _ROWS)


def _finished(job: Job) -> float:
    """Wait until a job is done, and return the seconds."""
    start = time.perf_counter()
    while job.state in ("waiting", "running"):
        time.sleep(0.05)
    return time.perf_counter() - start


def _kill_worker(server: psutil.Process) -> bool:
    """Kill the process that answers catalogues, and return whether there was one."""
    for child in server.children(recursive=True):
        if "rakuten_core.bulk.job_worker" in child.cmdline():
            child.kill()
            return True
    return False


def measure(kills: int) -> dict[str, Any]:
    """Kill so often, and return how long a catalogue takes and how often it came out the same."""
    generator = random.Random(0)
    with tempfile.TemporaryDirectory(prefix="rakuten-worker-kills-") as place:
        os.environ["RAKUTEN_STORE"] = place
        store = JobStore(Path(place) / "catalogues")
        with serving() as (address, process):
            server = psutil.Process(process)
            # The first one waits for the models.
            _finished(_new_job(store))
            job = _new_job(store)
            seconds = _finished(job)
            expected = sha256_of(job.folder / ANSWERS_FILE)
            same = killed = 0
            for _kill in tqdm(range(kills), unit="kill"):
                job = _new_job(store)
                time.sleep(generator.uniform(0.05, 0.95) * seconds)
                killed += _kill_worker(server)
                _finished(job)
                same += job.state == "done" and sha256_of(job.folder / ANSWERS_FILE) == expected
                httpx2.get(f"{address}/api/ready").raise_for_status()
    return {"seconds": round(seconds, 1), "kills": killed, "same": same}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else _KILLS)))
