"""How the server's process keeps memory that it no longer uses: as little as it can."""

import ctypes
import sys

import pyarrow as pa

# Of <malloc.h>; see mallopt(3).
_TRIM_THRESHOLD, _ARENA_MAX = -1, -8


def keep_little_memory() -> None:
    """Have memory given back to the system soon after its last use.

    Arrow's own allocator, and that of the C library, which keeps an arena for each thread, are made
    for speed and keep much that nothing uses any more (`benchmarks.load` prints the memory).
    """
    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform == "linux":
        change = getattr(ctypes.CDLL(None), "mallopt", None)
        # Not every C library has it, or knows both.
        if change is not None:
            change(_TRIM_THRESHOLD, 2**16)
            change(_ARENA_MAX, 2)
