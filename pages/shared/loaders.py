"""Cached loaders: the classifier, reports from the shipped assets, examples, local data."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeVar

import streamlit as st

from rakuten_core.assets import DEFAULT_ROOT, Assets
from rakuten_core.data.catalog import Catalog, read_catalog
from rakuten_core.errors import AssetError, ModelError
from rakuten_core.files import read_json
from rakuten_core.inference import Classifier
from rakuten_core.reports.saved_answers import trained_models

Report = TypeVar("Report")


@dataclass(frozen=True)
class Example:
    """A made-up product to try; `picture` holds the bytes of its drawing, or None."""

    name: str
    title: str
    description: str
    picture: bytes | None


@st.cache_resource(show_spinner="Loading the models")
def load_classifier() -> Classifier:
    """Return the one classifier that all sessions share; it is never changed."""
    return Classifier.load()


def _name_of(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}"


@st.cache_data(show_spinner=False, hash_funcs={FunctionType: _name_of})
def report(function: Callable[..., Report], *arguments: Any, **options: Any) -> Report:
    """Return what a function of `rakuten_core.reports` makes of the shipped assets."""
    return function(Assets(), *arguments, **options)


def trained_names() -> list[str]:
    """Return the names of the trained models.

    Raises:
        ModelError: there are none.
    """
    names = report(trained_models)
    if not names:
        raise ModelError("No model has been trained yet: python -m rakuten_core train --data DIR")
    return names


@st.cache_resource(show_spinner="Reading the catalogue")
def local_catalog() -> Catalog | None:
    """Return the catalogue in the folder that RAKUTEN_DATA names, or None.

    Raises:
        CatalogError: the folder holds no catalogue.
    """
    directory = os.environ.get("RAKUTEN_DATA")
    return read_catalog(directory) if directory else None


@st.cache_data
def load_examples() -> list[Example]:
    """Return the examples of `assets/examples/`.

    Raises:
        AssetError: they are missing or damaged.
    """
    folder = DEFAULT_ROOT / "examples"
    try:
        return [
            Example(
                name=record["name"],
                title=record["title"],
                description=record.get("description", ""),
                picture=(folder / record["picture"]).read_bytes() if "picture" in record else None,
            )
            for record in read_json(folder / "examples.json")
        ]
    except (OSError, KeyError, TypeError) as error:
        raise AssetError(
            f"The examples in {folder} cannot be read ({error}). Restore them from the repository."
        ) from error
