"""The process that answers catalogues: its end is not that of the server, and costs no answer."""

import os
import threading
from collections.abc import Callable

import psutil
import pyarrow.parquet as pq
import pytest

from rakuten_core.bulk.job_worker import JobWorker
from rakuten_core.bulk.jobs import ANSWERS_FILE, Job, JobStore
from rakuten_core.data.product_columns import TableLayout
from rakuten_core.errors import ReviewError


@pytest.fixture
def store(tmp_path) -> JobStore:
    return JobStore(tmp_path / "catalogues")


def new_job(store: JobStore, rows: int) -> Job:
    key, folder = store.new_folder()
    lines = "".join(f"{number};Objet numero {number}\n" for number in range(rows))
    (folder / "source.csv").write_text(f"ref;titre\n{lines}")
    return store.create(key, "mine.csv", TableLayout(), 20_000)


def wait_until(happened: Callable[[], bool]) -> None:
    clock = threading.Event()
    while not happened():
        clock.wait(0.05)


def worker_processes(store: JobStore) -> list[psutil.Process]:
    """Return the processes that answer the jobs of a store, whoever has started them."""
    children = psutil.Process(os.getpid()).children(recursive=True)
    return [each for each in children if str(store.folder) in each.cmdline()]


def test_a_killed_process_is_followed_by_another_and_a_stopped_step_by_none(store):
    job = new_job(store, 400)
    worker = JobWorker(store, memory_mb=1000)
    worker.start()
    try:
        assert worker.is_alive
        wait_until(lambda: job.progress.rows > 0)
        (process,) = worker_processes(store)
        process.kill()
        wait_until(lambda: job.state == "done")
        assert pq.read_table(job.folder / ANSWERS_FILE).num_rows == 400
        # A catalogue that is deleted is gone, whatever is being done with it.
        other = new_job(store, 400)
        wait_until(lambda: other.progress.rows > 0)
        other.delete()
        wait_until(lambda: not other.folder.exists())
    finally:
        worker.end()
    assert worker_processes(store) == []


def test_what_is_old_is_forgotten_but_not_before_its_texts_are_elsewhere(store):
    job = new_job(store, 1)
    asked: list[str] = []

    def unreachable(name: str) -> None:
        asked.append(name)
        raise ReviewError("the database does not answer")

    worker = JobWorker(store, memory_mb=1000, days=0, before_forgetting=unreachable)
    job.stop()
    worker.start()
    wait_until(lambda: bool(asked))
    worker.end()
    assert asked == [job.folder.name] and job.folder.is_dir()
    worker = JobWorker(store, memory_mb=1000, days=0)
    worker.start()
    wait_until(lambda: not job.folder.exists())
    worker.end()
