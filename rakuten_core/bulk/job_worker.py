"""The process that answers catalogues, and the thread of the server that watches over it.

What a catalogue takes of memory and time is that process's: its end is no end of the server.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from PIL import Image

from rakuten_core.bulk.job_runner import JobRunner
from rakuten_core.bulk.jobs import Job, JobStore
from rakuten_core.errors import RakutenError
from rakuten_core.inference import shared_classifier
from rakuten_core.memory import keep_little_memory, limit_memory

_LOOK_EVERY, _GRACE, _HOUR = 0.2, 0.4, 3600.0
_FORGOTTEN_AT_ONCE = 10
# A worker that has nothing to do gives its memory back after a while.
_IDLE_SECONDS, _PAUSE = 120.0, 0.3
_logger = logging.getLogger(__name__)


class JobWorker:
    """Keeps a process at work on a store, from `start` to `end`.

    The process is started when a job waits or is expected. Where a job is stopped or deleted while
    a step of it is being done, the process is ended and started again: the chunks that are finished
    are kept.

    Args:
        store: the jobs.
        memory_mb: that the process may take beyond what it has when it is ready, MiB.
        days: after which jobs are deleted.
        before_forgetting: called with the folder's name of each job before it is deleted for its
            age; where it raises a RakutenError, the job is left for the next time.
    """

    def __init__(
        self,
        store: JobStore,
        memory_mb: int,
        days: int = 30,
        before_forgetting: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store, self._memory_mb, self._days = store, memory_mb, days
        self._before_forgetting = before_forgetting
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="job worker", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._at: Job | None = None
        self._unwanted_since: float | None = None
        # A database that does not answer holds up no catalogue.
        self._forgetting = threading.Thread(target=self._forget, name="forgetting", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether jobs that wait are taken up."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start to watch; what a server that was killed has left goes on."""
        self._thread.start()
        self._forgetting.start()

    def end(self) -> None:
        """End the process; what is unfinished goes on next time."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_EVERY):
            try:
                self._look()
            except Exception:
                # A full disk, a folder without rights: the next look may find them repaired.
                _logger.exception("the work on catalogues cannot be looked after")
        self._end_process()

    def _forget(self) -> None:
        while True:
            # A few: a clock that goes wrong does not delete all. A folder that cannot be read now
            # may be readable the next time.
            with suppress(OSError):
                for job in islice(self._store.old(self._days), _FORGOTTEN_AT_ONCE):
                    with suppress(RakutenError):
                        self._before_forgetting(job.folder.name)
                        job.delete()
            if self._ended.wait(_HOUR):
                return

    def _look(self) -> None:
        code = None if self._process is None else self._process.poll()
        if code is not None:
            if code:
                _logger.error("the process that answers catalogues ended with %s", code)
            self._end_process(wanted=False)
        if self._process is None:
            waits = any(job.is_free for job in self._store.unfinished())
            if waits or self._store.is_expecting(_IDLE_SECONDS):
                self._start_process()
            return
        self._listen()
        if self._at is None or self._at.wanted:
            self._unwanted_since = None
        elif self._unwanted_since is None:
            self._unwanted_since = time.monotonic()
        elif time.monotonic() - self._unwanted_since >= _GRACE:
            # Its step takes long, and a decoder cannot be interrupted.
            job = self._at
            self._end_process()
            if job.deleted:
                job.delete()

    def _listen(self) -> None:
        """Find out which job the process works on: it writes the names of their folders."""
        assert self._process is not None and self._process.stdout is not None
        while select.select([self._process.stdout], [], [], 0)[0]:
            line = self._process.stdout.readline()
            if not line:
                break
            name = line.decode().strip()
            self._at = Job(self._store.folder / name) if name else None

    def _start_process(self) -> None:
        # Its own program: children of Python's own would run the main module, a page, again.
        command = [sys.executable, "-m", "rakuten_core.bulk.job_worker"]
        self._process = subprocess.Popen(
            [*command, str(self._store.folder), str(self._memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def _end_process(self, wanted: bool = True) -> None:
        if self._process is None:
            return
        if wanted:
            # Not by a signal that Python handles between two steps of a decoder.
            self._process.kill()
            self._process.wait()
        self._listen()
        if wanted and self._at is not None and not self._at.deleted:
            self._at.forgive()
        self._process.communicate()
        self._process = self._at = self._unwanted_since = None


def main(folder: str, memory_mb: int) -> None:
    """Work on the jobs of a store until nothing has waited for a while, or the server is gone.

    Args:
        folder: of the store.
        memory_mb: that may be taken beyond what is taken when the models are loaded, MiB.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    keep_little_memory()
    runner = JobRunner(JobStore(Path(folder)), shared_classifier, _say)
    with suppress(RakutenError):
        # What is missing, each job says when its turn comes. A title that says nothing and a photo
        # have every model loaded.
        shared_classifier().classify("objet", None, Image.new("RGB", (224, 224)))
    limit_memory(memory_mb)
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < _IDLE_SECONDS:
        if runner.turn():
            idle_since = time.monotonic()
        else:
            _say("")
            time.sleep(_PAUSE)


def _say(name: str) -> None:
    print(name, flush=True)


def _end_with_the_server() -> None:
    """End this process when nobody holds the other end of its standard input any more."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
