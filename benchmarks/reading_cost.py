"""What a child process pays to read a file; of a module, so that the child can import it."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from pathlib import Path

from rakuten_core.data.intake import look_at, take_in
from rakuten_core.data.product_columns import TableLayout
from rakuten_core.images.decoding import decode_image


@dataclass(frozen=True)
class Cost:
    """What a reading has cost: seconds, and MiB of the child's own memory."""

    seconds: float
    memory_mb: float


def _highest() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_table(source: Path, folder: Path, rows: int) -> Cost:
    """Look at a table and take it in, as a child does."""
    before, start = _highest(), time.perf_counter()
    look_at(source)
    taken = take_in(source, folder, TableLayout(), rows)
    assert taken.rows == rows
    return Cost(time.perf_counter() - start, _highest() - before)


def read_photo(content: bytes) -> Cost:
    """Decode a photo, as a child does."""
    before, start = _highest(), time.perf_counter()
    decode_image(content)
    return Cost(time.perf_counter() - start, _highest() - before)
