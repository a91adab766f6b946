"""Files that are mapped into memory, and giving back what is not needed of them any more."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

_MAPS = Path("/proc/self/maps")
# From Linux's mman.h. The pages of a mapped file are dropped, and read again should they be needed.
_MADV_DONTNEED = 4


def release_pages(path: Path) -> None:
    """Give back the memory that a read-only mapped file takes in this process.

    What has been copied out of it stays. Where the system is not Linux, nothing happens.

    Args:
        path: of the file that is mapped.
    """
    if sys.platform != "linux" or not _MAPS.is_file():
        return
    library = ctypes.CDLL(None)
    for line in _MAPS.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        # Address range, permissions, offset, device, inode, path.
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5] == str(path) and fields[1].startswith("r--"):
            start, end = (int(address, 16) for address in fields[0].split("-"))
            length = ctypes.c_size_t(end - start)
            library.madvise(ctypes.c_void_p(start), length, _MADV_DONTNEED)
