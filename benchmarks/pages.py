"""How fast the pages are in a real Chromium, on a warm server: python -m benchmarks.pages.

Prints a Markdown table: the time from opening a page to its first heading and to the end of its
script, and the time from using a widget to what it changes being there, each as median and maximum.
Needs Chromium and the test tools.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = {"/": "Which shelf", "/classify": "Classify a product"} | {
    "/compare": "Compare models",
    "/errors": "Where it errs",
}


def _option(label: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_text(label, exact=True).first.click()


# Page, what is used, and the two texts that the page shows in turn.
WIDGETS: list[tuple[str, str, tuple[Callable[[Page], None], str], tuple[Callable, str]]] = [
    (
        "/classify",
        "an example",
        (_option("Swimming pool"), "Pool and spa equipment"),
        (_option("Dog harness"), "Pet accessories"),
    ),
    (
        "/compare",
        "the view",
        (_option("Two models"), "Weighted F1 of"),
        (_option("All models"), "Quality against"),
    ),
    (
        "/errors",
        "the view",
        (_option("One product type"), "Best F1 by what"),
        (_option("Confusion matrix"), "Strongest confusions"),
    ),
]


@contextmanager
def _serving() -> Iterator[tuple[str, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", "streamlit_app.py"),
            *("--server.port", str(port), "--server.address", "127.0.0.1"),
            *("--server.headless", "true", "--server.fileWatcherType", "none"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for line in server.stdout:
            if "URL" in line:
                break
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait()


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _resident_megabytes(pid: int) -> float | None:
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Run the benchmark."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    print("| page | what | median | maximum |\n|---|---|--:|--:|")

    def report(path: str, what: str, seconds: list[float]) -> None:
        print(f"| {path} | {what} | {np.median(seconds):.2f} s | {max(seconds):.2f} s |")

    with _serving() as (address, pid), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for path, heading in PAGES.items():
            opened = []
            for run in range(RUNS + 1):
                page = browser.new_page(viewport={"width": 1440, "height": 900})

                def open_page(page: Page = page, path: str = path, text: str = heading) -> None:
                    page.goto(f"{address}{path}")
                    page.get_by_role("heading", name=text).wait_for()

                seconds = _timed(open_page)
                if run:
                    opened.append(seconds)
                page.close()
            report(path, "first view", opened)
        for path, what, *steps in WIDGETS:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{address}{path}")
            page.get_by_role("heading", name=PAGES[path]).wait_for()
            answered = []
            for run in range(RUNS + 1):
                for click, text in steps:

                    def use(page: Page = page, click: Callable = click, text: str = text) -> None:
                        click(page)
                        page.get_by_text(text).first.wait_for()

                    seconds = _timed(use)
                    if run:
                        answered.append(seconds)
            report(path, what, answered)
            page.close()
        memory = _resident_megabytes(pid)
        browser.close()
    if memory is not None:
        print(f"\nResident memory of the app after all this: {memory:.0f} MB")


if __name__ == "__main__":
    main()
