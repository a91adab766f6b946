"""Linear algebra on one thread while a product is answered."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _blas() -> ThreadpoolController:
    """Return the controller of BLAS; looking for the loaded libraries takes milliseconds."""
    return ThreadpoolController().select(user_api="blas")


_lock = threading.Lock()
_running = 0
_limiter = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread while the block, or any other such block, runs.

    Products are answered beside each other: BLAS's waiting threads would take their cores. The
    limit is of the whole process, so it is set by the first block that runs and taken back by the
    last, however the blocks of several threads overlap.
    """
    global _running, _limiter
    with _lock:
        if _running == 0:
            _limiter = _blas().limit(limits=1)
        _running += 1
    try:
        yield
    finally:
        with _lock:
            _running -= 1
            if _running == 0 and _limiter is not None:
                _limiter.restore_original_limits()
                _limiter = None
