"""The talk from what ships in `assets/`, and a Chromium to show it in."""

import pytest

from rakuten_core.assets import Assets
from rakuten_core.language import speaking
from rakuten_core.presentation.story import Slide, slides
from tests.browser import CHROMIUM, FLAGS


@pytest.fixture(scope="session", params=["en", "fr"])
def story(request) -> list[Slide]:
    with speaking(request.param):
        return slides(Assets())


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("no Chromium found: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
