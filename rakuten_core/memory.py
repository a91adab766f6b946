"""How much memory a process keeps, and may take."""

import ctypes
import sys
from pathlib import Path

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


def limit_memory(more_mb: int) -> None:
    """Limit what this process may take beyond what it has, where the system can tell.

    Args:
        more_mb: MiB of address space; what is taken beyond is a MemoryError.
    """
    try:
        import resource
    except ImportError:
        # Not on Windows.
        return
    used = Path("/proc/self/statm")
    if used.is_file():
        pages = int(used.read_text().split()[0])
        most = pages * resource.getpagesize() + more_mb * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
