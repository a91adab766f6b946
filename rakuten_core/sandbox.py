"""Child processes in which bytes from strangers are read, within a budget of memory and time.

What they make of it cannot be known before: a file of a kilobyte may unpack to gigabytes, or keep a
decoder busy for ever. A child that goes beyond its budget is ended; whoever asked gets an error.

Python's own pools would run the program's main module again in each child, which is a page here:
`sandbox_server` holds the readers and nothing else, and forks a child for each call.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from rakuten_core.errors import LimitError
from rakuten_core.language import _, decimal, language, number
from rakuten_core.limits import limits

Result = TypeVar("Result")


@dataclass(frozen=True)
class Budget:
    """What one reading may cost.

    Attributes:
        seconds: by the clock.
        memory_mb: beyond what an idle child has, MiB of address space (where the system can tell).
        output_mb: largest file that may be written, MiB.
    """

    seconds: float
    memory_mb: int
    output_mb: int


class _Server:
    """The process that forks the children, as long as this one lives."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="rakuten-sandbox-")
        self._address = str(Path(self._folder.name) / "socket")
        # Not the threads of linear algebra: each would cost every child address space.
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rakuten_core.sandbox_server", self._address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        atexit.register(self.close)

    def connect(self) -> Connection:
        """Return a connection to a new child."""
        assert self._process.stdout is not None
        # It says so when it is ready; afterwards there is nothing more to read.
        self._process.stdout.readline()
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(self._address)
        return Connection(connected.detach())

    def close(self) -> None:
        """End it; its children end with their calls."""
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()


_lock = threading.Lock()
_server: _Server | None = None


def start() -> None:
    """Start what children are forked from: the first call does not wait for it then."""
    global _server
    with _lock:
        _server = _server or _Server()


def close() -> None:
    """End what children are forked from; the next call starts it again."""
    global _server
    with _lock:
        if _server is not None:
            _server.close()
        _server = None


def _connection() -> Connection:
    start()
    with _lock, suppress(OSError):
        assert _server is not None
        return _server.connect()
    # It was killed: once more, with a new one.
    close()
    start()
    with _lock:
        assert _server is not None
        return _server.connect()


class Sandbox:
    """Runs functions in child processes that are ended where they go beyond their budget.

    Neither models nor anybody's products are in a child, and it serves one call.

    Args:
        budget: of each call.
        children: that work beside each other; the other calls wait.
    """

    def __init__(self, budget: Budget, children: int = 1) -> None:
        self._budget = budget
        self._places = threading.BoundedSemaphore(children)

    def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Return what a function returns that a child calls.

        Args:
            function: of a module; it and all that it takes and returns can be pickled.
            arguments: of it.

        Raises:
            LimitError: it takes too long or too much memory, or too many calls are waiting.
            Exception: whatever the function raises.
        """
        if not self._places.acquire(timeout=self._budget.seconds):
            raise LimitError(_("Too many files are being read. Try again in a moment."))
        try:
            try:
                connection = _connection()
            except OSError as error:
                raise LimitError(
                    _("The server cannot start another process to read a file. Try again later.")
                ) from error
            with connection:
                return self._answer(connection, function, arguments)
        finally:
            self._places.release()

    def _answer(
        self, connection: Connection, function: Callable[..., Result], arguments: tuple[Any, ...]
    ) -> Result:
        try:
            process: int = connection.recv()
            connection.send(self._budget)
            connection.send((language(), function, arguments))
            if not connection.poll(self._budget.seconds):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                raise LimitError(
                    _("Reading took more than {seconds} s and was ended.").format(
                        seconds=decimal(self._budget.seconds, 0)
                    )
                )
            result, error = connection.recv()
        except (EOFError, ConnectionError):
            raise LimitError(
                _("Reading would take more than {most} MB of memory and was ended.").format(
                    most=number(self._budget.memory_mb)
                )
            ) from None
        if error is not None:
            raise error
        answer: Result = result
        return answer


_guarded = False


def guard() -> None:
    """Have this process decode photos that may cost much in a child: it serves strangers."""
    global _guarded
    _guarded = True
    start()


def is_guarded() -> bool:
    """Return whether `guard` was called."""
    return _guarded


@cache
def reading() -> Sandbox:
    """Return the children of this process that read tables and ZIP files."""
    most = limits()
    budget = Budget(most.reading_seconds, most.reading_memory_mb, most.reading_output_mb)
    return Sandbox(budget, children=2)


@cache
def decoding() -> Sandbox:
    """Return the child of this process that decodes photos which may cost much."""
    most = limits()
    return Sandbox(Budget(most.photo_seconds, most.photo_memory_mb, most.photo_memory_mb))
