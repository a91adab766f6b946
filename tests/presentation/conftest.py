"""The talk from what ships in `assets/`, and a Chromium to show it in."""

import pytest

from rakuten_core.assets import Assets
from rakuten_core.language import speaking
from rakuten_core.presentation.story import Slide, slides


@pytest.fixture(scope="session", params=["en", "fr"])
def story(request) -> list[Slide]:
    with speaking(request.param):
        return slides(Assets())
