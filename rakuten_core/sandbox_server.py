"""The process from which `sandbox` has its children forked; `sandbox` starts it as a program.

It holds what reads tables and photos, and ends with the process that has started it.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
import sys
from multiprocessing.connection import Connection
from typing import Any

from rakuten_core.language import speaking
from rakuten_core.memory import keep_little_memory, limit_memory

_READERS = ("rakuten_core.data.intake", "openpyxl")


def main(address: str) -> None:
    """Fork a child for each connection to a socket, until standard input is closed.

    Args:
        address: path of the socket, which is made.
    """
    for name in _READERS:
        importlib.import_module(name)
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
        readable, _writable, _failed = select.select([listening, sys.stdin], [], [])
        if sys.stdin in readable:
            return
        connected, _address = listening.accept()
        if os.fork() == 0:
            listening.close()
            _serve(Connection(connected.detach()))
            os._exit(0)
        connected.close()


def _serve(connection: Connection) -> None:
    """Answer one call; the process ends with it."""
    connection.send(os.getpid())
    budget = connection.recv()
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
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (megabytes * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1])
