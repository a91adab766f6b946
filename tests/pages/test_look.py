"""How each page looks: accessible in both themes, and as its reference picture shows it.

`python -m pytest tests/pages/test_look.py --update-references -n0` draws the references anew.
"""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

REFERENCES = Path(__file__).parent / "references"
ADDRESSES = [
    *("", "classify?title=Harnais+pour+chien", "story", "types", "text", "images"),
    *("preparation", "compare", "errors", "labels", "map", "inside"),
]
# Small enough that another version of the fonts or of Chromium makes no difference.
SIZE = (288, 180)
# Streamlit's own menu is a list with other elements between its items.
OF_STREAMLIT = {"list", "listitem"}

pytestmark = pytest.mark.browser


def open_at_rest(page, address: str) -> bytes:
    """Open a page and return its picture once nothing changes any more."""
    page.goto(address)
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function("document.fonts.status === 'loaded'")
    # So is a chart whose library is still on its way.
    page.wait_for_function(
        "document.querySelector('[data-testid=stSkeleton]') === null"
        " && [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every("
        "chart => chart.querySelector('.main-svg') !== null)"
    )
    # An empty frame is at rest too: the stage has to be there.
    page.wait_for_function(
        "[...document.querySelectorAll('iframe[src*=stage]')].every(frame =>"
        " frame.contentDocument?.readyState === 'complete'"
        " && frame.contentDocument.body.innerText.trim() !== '')"
    )
    before = page.screenshot()
    for _ in range(100):
        now = page.screenshot()
        if now == before:
            return now
        before = now
    pytest.fail(f"{address} does not come to rest")


def small(picture: bytes | Path) -> np.ndarray:
    source = io.BytesIO(picture) if isinstance(picture, bytes) else picture
    with Image.open(source) as image:
        return np.asarray(image.convert("RGB").resize(SIZE, Image.Resampling.BOX), float)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_look_as_their_references(browser, address, theme, request):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=theme)
    page.set_default_timeout(30_000)
    serious, different = {}, {}
    for name in ADDRESSES:
        mark = "&" if "?" in name else "?"
        picture = small(open_at_rest(page, f"{address}/{name}{mark}lang=en"))
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        ids = {each["id"] for each in found if each["impact"] in ("serious", "critical")}
        if ids - OF_STREAMLIT:
            serious[name] = ids - OF_STREAMLIT
        path = REFERENCES / f"{name.partition('?')[0] or 'home'}-{theme}.png"
        if request.config.getoption("update_references"):
            REFERENCES.mkdir(exist_ok=True)
            Image.fromarray(picture.round().astype(np.uint8)).save(path, optimize=True)
        share = (np.abs(picture - small(path)).max(axis=2) > 40).mean()
        if share > 0.05:
            different[name] = f"{share:.1%} of the picture differ from {path.name}"
    page.close()
    assert serious == {}
    assert different == {}
