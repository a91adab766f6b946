"""Cached loaders: the classifier, reports from the shipped assets, examples, local data."""

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

import streamlit as st
from sqlalchemy import Engine

from rakuten_core.api.settings import Settings
from rakuten_core.assets import Assets
from rakuten_core.bulk.jobs import JobStore
from rakuten_core.data.catalog import Catalog, read_catalog
from rakuten_core.errors import ModelError
from rakuten_core.inference import Classifier, shared_classifier
from rakuten_core.language import _, language
from rakuten_core.reports.saved_answers import trained_models
from rakuten_core.review.database import open_database

Report = TypeVar("Report")


def load_classifier() -> Classifier:
    """Return the one classifier that all sessions share; it is never changed.

    The server has loaded it before it lets the first visitor in.
    """
    return shared_classifier()


def _name_of(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}"


# Bounded: what visitors choose is part of the key.
@st.cache_data(show_spinner=False, max_entries=500, hash_funcs={FunctionType: _name_of})
def _report(
    function: Callable[..., Report],
    language: str,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
) -> Report:
    return function(Assets(), *arguments, **options)


def report(function: Callable[..., Report], *arguments: Any, **options: Any) -> Report:
    """Return what a function of `rakuten_core.reports` makes of the shipped assets."""
    return _report(function, language(), arguments, options)


def trained_names() -> list[str]:
    """Return the names of the trained models.

    Raises:
        ModelError: there are none.
    """
    names = report(trained_models)
    if not names:
        raise ModelError(
            _("No model has been trained yet: python -m rakuten_core train --data DIR")
        )
    return names


@st.cache_resource(show_spinner=False)
def _catalog(directory: str) -> Catalog:
    return read_catalog(directory)


def local_catalog() -> Catalog | None:
    """Return the catalogue in the folder that RAKUTEN_DATA names, or None.

    Raises:
        CatalogError: the folder holds no catalogue.
    """
    # Read anew: the folder of the environment, not of the first visitor.
    directory = Settings().data
    if directory is None:
        return None
    with st.spinner(_("Reading the catalogue")):
        return _catalog(str(directory))


def job_store() -> JobStore:
    """Return where the catalogues lie that people have classified."""
    return JobStore(Settings().store / "catalogues")


@st.cache_resource(show_spinner=False)
def _database(url: str) -> Engine:
    return open_database(url)


def review_database() -> Engine:
    """Return where decisions are kept: the database of DATABASE_URL, or a file in the store.

    Raises:
        ReviewError: it cannot be reached.
    """
    return _database(Settings().review_url)
