"""A catalogue of 20,000 texts through the page; prints JSON: python -m benchmarks.catalogue [ROWS]

Uploads a made-up table in a real browser, waits until it is done, downloads the result, and
compares it row by row. Memory is the server's resident memory, at its highest.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from benchmarks.measure import TITLE, serving
from tests.browser import CHROMIUM, FLAGS

_LONGEST_MINUTES = 30


def _write(path: Path, rows: int) -> list[str]:
    """Write a table and return its ids."""
    ids = [str(10_000 + number) for number in range(rows)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["réf", "titre"])
        writer.writerows([each, f"{TITLE} {each}"] for each in ids)
    return ids


def main() -> None:
    """Run it."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    folder = Path(tempfile.mkdtemp(prefix="rakuten-catalogue-"))
    os.environ["RAKUTEN_STORE"] = str(folder / "store")
    table = folder / "mine.csv"
    ids = _write(table, rows)
    highest, ended = [0.0], threading.Event()
    with serving() as (address, server), sync_playwright() as playwright:
        process = psutil.Process(server)

        def watch() -> None:
            while not ended.wait(0.2):
                highest[0] = max(highest[0], process.memory_info().rss / 2**20)

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = chromium.new_page(locale="en-GB")
        page.set_default_timeout(60_000 * _LONGEST_MINUTES)
        page.goto(f"{address}/catalogue")
        page.locator("input[type=file]").first.set_input_files(table)
        start = time.perf_counter()
        page.get_by_role("button", name=f"Classify {rows:,} products").click()
        page.get_by_role("button", name="Download all").wait_for()
        seconds = time.perf_counter() - start
        page.get_by_text("CSV", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download all as CSV").click()
        with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
            found = [row["réf"] for row in csv.DictReader(file) if row["prdtypecode"]]
        ended.set()
        watching.join()
    print(
        json.dumps(
            {
                "rows": rows,
                "answered_in_order": found == ids,
                "seconds": round(seconds, 1),
                "products_per_second": round(rows / seconds, 1),
                "highest_memory_mb": round(highest[0], 1),
            }
        )
    )


if __name__ == "__main__":
    main()
