"""A tiny generated catalogue and the models trained on it, shared by all tests."""

import os
import tempfile

# Whatever the machine speaks, the tests expect English.
os.environ["LANGUAGE"] = "en"
# What tests upload and decide is not kept beside what people do.
os.environ.setdefault("RAKUTEN_STORE", tempfile.mkdtemp(prefix="rakuten-store-"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# There is a worker for each core already: more threads only get in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from PIL import Image

from rakuten_core.assets import Assets
from rakuten_core.data.catalog import Catalog, read_catalog
from rakuten_core.data.sample import write_sample
from rakuten_core.inference import Classifier
from rakuten_core.training.context import Context
from rakuten_core.training.runner import train
from tests.browser import CHROMIUM, FLAGS

PER_TYPE = 9
OWN = (
    "text_linear",
    "text_convolutional",
    "text_bayes",
    "text_stacked",
    "text_transformer",
    "text_stacked_transformer",
    "image_linear",
    "image_finetuned_int8",
    "fusion_two_stage",
    "image_kernel_clip",
    "image_stacked_clip",
    "fusion_clip",
    "cascade",
)


@pytest.fixture(scope="session")
def sample_directory(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("catalogue") / "sample"
    write_sample(directory, per_type=PER_TYPE, image_size=64)
    return directory


@pytest.fixture(scope="session")
def catalog(sample_directory) -> Catalog:
    return read_catalog(sample_directory)


@pytest.fixture(scope="session")
def small_catalog(tmp_path_factory) -> Catalog:
    """About half of that, for trainings whose result matters less than their course."""
    directory = tmp_path_factory.mktemp("small catalogue") / "sample"
    write_sample(directory, per_type=5, image_size=64)
    return read_catalog(directory)


@contextmanager
def untraced() -> Iterator[None]:
    """Let TensorFlow run step by step: for a few batches, tracing takes longer than they do.

    What is trained like this is made for other tests. A trainer's own tests trace, as users do.
    """
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="session")
def context(catalog, tmp_path_factory, worker_id) -> Context:
    """Data, assets and work folder in which the project's own models have been trained.

    Training takes a minute: the first worker trains for all, and each works on a copy.
    """
    options = {
        "image_size": 64,
        "epochs": 1,
        "student_epochs": 1,
        "final_epochs": 1,
        "folds": 2,
        "depth": 2,
        "trained_blocks": 1,
    }

    def context_in(root: Path) -> Context:
        return Context(catalog, Assets(root / "assets"), root / "work", options=options)

    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "own"
    with FileLock(f"{shared}.lock"), untraced():
        train(context_in(shared), ",".join(OWN))
    copy = base / "own copy"
    shutil.copytree(shared, copy)
    return context_in(copy)


@pytest.fixture(scope="session")
def classifier(context) -> Classifier:
    # One stage: it answers from all that is given. The cascade has tests of its own.
    return Classifier.load(context.assets.root, "fusion_clip")


@pytest.fixture(scope="module")
def browser():
    """A Chromium without a window; the test is skipped where none is installed.

    It is closed with each module: as long as it is open, an event loop runs in this thread.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium found: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that train for long, and end with those that wait for them."""

    def waits(item) -> bool:
        return "context" in getattr(item, "fixturenames", ())

    waiting = {item.path for item in items if waits(item)}
    first = ("test_runner.py", "test_study2022.py")
    items.sort(
        key=lambda item: (
            first.index(item.path.name) if item.path.name in first else 2 + (item.path in waiting)
        )
    )


def pytest_addoption(parser) -> None:
    parser.addoption(
        "--update-references",
        action="store_true",
        help="draw the reference pictures of the pages anew",
    )


def encode(image: Image.Image, file_format: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()
