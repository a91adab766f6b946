"""The shipped models: what is tested here is the way to them, whatever they answer."""

import pytest

from rakuten_core.inference import Classifier, shared_classifier


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return shared_classifier()
