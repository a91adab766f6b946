"""A tiny generated catalogue and the models trained on it, shared by all tests."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import io
from pathlib import Path

import pytest
from PIL import Image

from rakuten_core.assets import Assets
from rakuten_core.catalog import Catalog, read_catalog
from rakuten_core.sample import write_sample
from rakuten_core.service import Classifier
from rakuten_core.study.training import Context, train

PER_TYPE = 9
OWN = (
    "text_linear",
    "text_convolutional",
    "text_stacked",
    "image_linear",
    "image_finetuned_lite2",
    "fusion_stacked_best",
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
def context(catalog, tmp_path_factory) -> Context:
    """Data, assets and work folder in which the project's own models have been trained."""
    root = tmp_path_factory.mktemp("trained")
    options = {"image_size": 64, "epochs": 1, "folds": 2}
    context = Context(catalog, Assets(root / "assets"), root / "work", options=options)
    train(context, ",".join(OWN))
    return context


@pytest.fixture(scope="session")
def classifier(context) -> Classifier:
    return Classifier.load(context.assets.root)


def encode(image: Image.Image, file_format: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()
