"""Chromium and the served app, for tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import measure

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def serving() -> Iterator[str]:
    """Serve the app on a free port and yield its address."""
    with measure.serving() as (address, _process):
        yield address
