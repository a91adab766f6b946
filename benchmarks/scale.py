"""Products a second for 1 and 2 processes; prints JSON: python -m benchmarks.scale [DATA]

Test products of a folder in the challenge's layout, or of a generated catalogue: all texts, then
those with a photo, through the local engine. Efficiency is the rate of two processes by twice the
rate of one; the start of the processes is part of it.
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

from rakuten_core.bulk.local_engine import classify_file
from rakuten_core.data.catalog import Catalog, read_catalog
from rakuten_core.data.sample import write_sample
from rakuten_core.inference import shared_classifier


def _rate(table: pa.Table, folder: Path, workers: int) -> float:
    source, output = folder / "in.parquet", folder / f"out{workers}.parquet"
    pq.write_table(table, source)
    classifier = shared_classifier()
    start = time.perf_counter()
    classify_file(classifier, source, output, workers=workers)
    return table.num_rows / (time.perf_counter() - start)


def _tables(catalog: Catalog) -> dict[str, pa.Table]:
    """Return the test products with a text, and those with text and photo."""
    test = catalog.select("test")
    test = test[test["designation"] != ""]
    with_photo = test[test["photo"].notna()]
    return {
        "texts": pa.table({name: test[name] for name in ("designation", "description")}),
        "texts_and_photos": pa.table(
            {
                "designation": with_photo["designation"],
                "description": with_photo["description"],
                "photo": pa.array([catalog.photos.read(name) for name in with_photo["photo"]]),
            }
        ),
    }


def main() -> None:
    """Measure."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        data = Path(sys.argv[1]) if len(sys.argv) > 1 else folder / "sample"
        if len(sys.argv) == 1:
            write_sample(data, per_type=150, image_size=256)
        for name, table in _tables(read_catalog(data)).items():
            one, two = (_rate(table, folder, workers) for workers in (1, 2))
            found[name] = {
                "rows": table.num_rows,
                "one_process": round(one, 1),
                "two_processes": round(two, 1),
                "efficiency": round(two / (2 * one), 2),
            }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
