"""The process from which `sandbox` has its children forked; `sandbox` starts it as a program.

It holds what reads tables and photos, and ends with the process that has started it.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import select
import signal
import socket
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO

from rakuten_core.data import intake
from rakuten_core.language import LANGUAGES, _, speaking
from rakuten_core.memory import keep_little_memory, limit_memory
from rakuten_core.sandbox import Budget

_TABLE = "réf;titre;photo\n1;Piscine à bulles;1.jpg\n".encode()


def main(address: str) -> None:
    """Have a child answer each connection to a socket, until standard input is closed.

    Args:
        address: path of the socket, which is made.
    """
    # Otherwise each child would do it again.
    importlib.import_module("openpyxl")
    for spoken in LANGUAGES:
        with speaking(spoken):
            _("Title")
    keep_little_memory()
    gc.freeze()
    # The system forgets children that have ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Whoever interrupts the server ends this process too: by its standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(64)
    print("ready", flush=True)
    os.close(sys.stdout.fileno())
    while True:
        # One that is ready before it is asked for: a fork takes longer than most tables.
        taken = _fork_child(listening)
        readable, _writable, _failed = select.select([taken, sys.stdin], [], [])
        if sys.stdin in readable:
            return
        if not taken.read(1):
            # It has ended by itself; not again and again without a pause.
            time.sleep(0.05)
        taken.close()


def _fork_child(listening: socket.socket) -> BinaryIO:
    """Fork a child that takes the next connection, and return where it says that it has."""
    reading, writing = os.pipe()
    if os.fork() != 0:
        os.close(writing)
        return os.fdopen(reading, "rb", buffering=0)
    os.close(reading)
    _touch()
    readable, _writable, _failed = select.select([listening, sys.stdin], [], [])
    if sys.stdin not in readable:
        connected, _address = listening.accept()
        os.write(writing, b"1")
        os.close(writing)
        listening.close()
        _serve(Connection(connected.detach()))
    os._exit(0)


def _touch() -> None:
    """Read a table: a child has its own copy of what that writes to before it is asked."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(_TABLE)
        file.flush()
        intake.look_at(Path(file.name))


def _serve(connection: Connection) -> None:
    """Answer one call; the process ends with it."""
    connection.send(os.getpid())
    budget: Budget = connection.recv()
    _limit_files(budget.output_mb)
    limit_memory(budget.memory_mb)
    answer: tuple[Any, Exception | None]
    try:
        spoken, function, arguments = connection.recv()
        with speaking(spoken):
            answer = function(*arguments), None
    except MemoryError:
        # Whatever would be said now may take memory too.
        os._exit(1)
    except Exception as error:
        answer = None, error
    connection.send(answer)


def _limit_files(megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (megabytes * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1])
