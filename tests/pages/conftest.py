"""The app, served for the tests of a module."""

import gc
from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from tests.browser import CHROMIUM, serving


@pytest.fixture(scope="session", autouse=True)
def installed_packages_are_scanned_once() -> Iterator[None]:
    """Every `AppTest` reads the metadata of all installed packages: half of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner,
            "scan_component_manifests",
            cache(manifest_scanner.scan_component_manifests),
        )
        yield


@pytest.fixture(scope="module", autouse=True)
def what_is_there_is_not_searched_for_garbage() -> Iterator[None]:
    """Streamlit collects garbage after every run, also what the modules before have left: seconds
    where they have trained."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    if CHROMIUM is None:
        pytest.skip("no Chromium found: apt-get install chromium")
    with serving() as address:
        yield address
