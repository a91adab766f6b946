"""A queue that refuses what would wait too long instead of growing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from rakuten_core.api import monitoring
from rakuten_core.api.problems import ApiError
from rakuten_core.language import _

Result = TypeVar("Result")


class WorkQueue:
    """Runs calls on a few threads, in the order in which they came.

    Args:
        workers: calls that run at once.
        waiting: calls that may wait beside them.
        seconds: after which a call's answer is no longer waited for.
    """

    def __init__(self, workers: int, waiting: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(workers, "answer")
        self._most = workers + waiting
        self._seconds = seconds
        self._held, self._counting = 0, threading.Lock()

    async def run(self, call: Callable[[], Result]) -> Result:
        """Return what a call returns; it raises what the call raises.

        Raises:
            ApiError: too much is waiting (503), or the answer takes too long (504).
        """
        with self._counting:
            full = self._held >= self._most
            self._held += not full
        if full:
            raise ApiError(
                503,
                "busy",
                _("Too many products are waiting. Ask again in a moment."),
                {"Retry-After": "1"},
            )
        monitoring.WAITING.inc()
        work = self._pool.submit(copy_context().run, call)
        # Counted until the thread is free again, also where nobody waits for the answer any more.
        work.add_done_callback(self._release)
        try:
            async with asyncio.timeout(self._seconds):
                # A call that still waits is taken back; one that runs ends for itself.
                return await asyncio.wrap_future(work)
        except TimeoutError:
            raise ApiError(
                504,
                "timeout",
                _("The answer took more than {seconds} seconds. Ask again later.").format(
                    seconds=f"{self._seconds:g}"
                ),
                {"Retry-After": "5"},
            ) from None

    def _release(self, _done: Future[Any]) -> None:
        with self._counting:
            self._held -= 1
        monitoring.WAITING.dec()
