"""Products a second for 1 and 2 processes; prints JSON: python -m benchmarks.scale [ROWS]

The same made-up table of texts, and one with drawn photos, through the local engine. Efficiency is
the rate of two processes by twice the rate of one; the start of the processes is part of it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import TITLE, pictures
from rakuten_core.bulk.local_engine import classify_file
from rakuten_core.inference import shared_classifier

_WITH_PHOTOS = 5
_PICTURES = 54


def _rate(table: pa.Table, folder: Path, workers: int) -> float:
    source, output = folder / "in.parquet", folder / f"out{workers}.parquet"
    pq.write_table(table, source)
    classifier = shared_classifier()
    start = time.perf_counter()
    classify_file(classifier, source, output, workers=workers)
    return table.num_rows / (time.perf_counter() - start)


def main() -> None:
    """Measure."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    titles = [f"{TITLE} {number}" for number in range(rows)]
    drawn = pictures(_PICTURES)
    few = rows // _WITH_PHOTOS
    tables = {
        "texts": pa.table({"title": titles}),
        "texts_and_photos": pa.table(
            {
                "title": titles[:few],
                "photo": pa.array([drawn[number % _PICTURES] for number in range(few)]),
            }
        ),
    }
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            one, two = (_rate(table, Path(folder), workers) for workers in (1, 2))
            found[name] = {
                "rows": table.num_rows,
                "one_process": round(one, 1),
                "two_processes": round(two, 1),
                "efficiency": round(two / (2 * one), 2),
            }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
