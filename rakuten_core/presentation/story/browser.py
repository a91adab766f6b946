"""The installed Chrome or Chromium, which draws figures and prints pages."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import plotly.graph_objects as go

from rakuten_core.errors import StoryError
from rakuten_core.language import _

# The drawing browser is one for the whole process: exports take turns.
_DRAWING = threading.Lock()
_SECONDS = 120


def find_browser() -> str:
    """Return the path of Chrome or Chromium.

    Raises:
        StoryError: there is none.
    """
    from choreographer.browsers import Chromium

    found = Chromium.find_browser(skip_local=False)
    if not found:
        raise StoryError(
            _(
                "The slides are drawn by Chrome or Chromium, which was not found. Install one of "
                "them, or run plotly_get_chrome."
            )
        )
    return str(found)


@contextlib.contextmanager
def drawing() -> Iterator[None]:
    """Keep one browser open for the figures drawn within a `with` block.

    Raises:
        StoryError: there is none.
    """
    import kaleido

    # Kaleido would wait for a missing browser without end.
    find_browser()
    with _DRAWING:
        kaleido.start_sync_server(silence_warnings=True)
        try:
            yield
        finally:
            kaleido.stop_sync_server(silence_warnings=True)


def draw(figure: go.Figure) -> bytes:
    """Return a figure as a PNG at twice its size; called within `drawing`."""
    with warnings.catch_warnings():
        # Plotly tells that the open browser has its own settings: it has.
        warnings.filterwarnings("ignore", message="The kopts argument")
        return figure.to_image(format="png", scale=2)


def print_page(page: str) -> bytes:
    """Return an HTML page as a PDF, with the page size that its style asks for.

    Args:
        page: HTML that needs no network; it is opened with `#print` in its address.

    Raises:
        StoryError: there is no browser, or it did not print.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        # It opens nothing but the page above: no sandbox is needed, and containers allow none.
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        command += [f"--user-data-dir={folder}/profile", "--virtual-time-budget=60000"]
        command += [f"--print-to-pdf={target}", f"{source.as_uri()}#print"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
            return target.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise StoryError(
                _("{browser} could not print the slides: {error}.").format(
                    browser=browser, error=error
                )
            ) from error
