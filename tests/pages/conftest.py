"""The app, served for the tests of a module."""

import pytest

from tests.browser import serving


@pytest.fixture(scope="session")
def address(browser):
    with serving() as address:
        yield address
