"""Sockets and files that are open at once, and what is logged where they run out."""

from __future__ import annotations

import logging
import resource
import time

_ENOUGH = 65_536


def allow_many_open_files() -> None:
    """Raise this process's limit of open files to what the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


class Rarely(logging.Filter):
    """Lets each message of a logger through once in a while.

    A server out of descriptors says so at each try to accept a caller, a thousand times a second.

    Args:
        seconds: for which a message is held back after it was let through.
    """

    def __init__(self, seconds: float = 60.0) -> None:
        super().__init__()
        self._seconds = seconds
        self._said_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written."""
        message, now = str(record.msg), time.monotonic()
        if now - self._said_at.get(message, -self._seconds) < self._seconds:
            return False
        if len(self._said_at) >= 100:
            self._said_at.clear()
        self._said_at[message] = now
        return True
