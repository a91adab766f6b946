"""What the pages share: the cached classifier and assets, examples, and how errors are shown."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from rakuten_core.assets import DEFAULT_ROOT, Assets
from rakuten_core.data.catalog import Catalog, read_catalog
from rakuten_core.errors import RakutenError
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference import Classifier
from rakuten_core.reports import results, statistics
from rakuten_core.taxonomy import Domain


@dataclass(frozen=True)
class Example:
    """A made-up product to try; `picture` is the path of its drawing, or None."""

    name: str
    title: str
    description: str
    picture: Path | None


@st.cache_resource(show_spinner="Loading the models")
def load_classifier() -> Classifier:
    """Return the one classifier that all sessions share; it is never changed."""
    return Classifier.load()


def classifier_or_stop() -> Classifier:
    """Return the classifier, or say on the page what is wrong and end the page."""
    try:
        return load_classifier()
    except RakutenError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()


@st.cache_data
def model_facts(name: str) -> tuple[dict, dict]:
    """Return the manifest and the metrics of a trained model."""
    model = Assets().model(name)
    return model.manifest, model.metrics


@st.cache_data(show_spinner=False)
def result(function: str, *arguments: Any) -> Any:
    """Return what a function of `rakuten_core.reports.results` makes of the shipped assets."""
    return getattr(results, function)(Assets(), *arguments)


@st.cache_data(show_spinner=False)
def statistic(function: str, *arguments: Any, **options: Any) -> Any:
    """Return what a function of `rakuten_core.reports.statistics` makes of the shipped assets."""
    return getattr(statistics, function)(Assets(), *arguments, **options)


def facts_or_stop(part: str) -> dict[str, Any]:
    """Return what is recorded of a part of the statistics, or say what is missing and end."""
    try:
        return statistic("facts", part)
    except RakutenError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()


def is_dark() -> bool:
    """Return whether the page is dark."""
    return st.context.theme.type == "dark"


def choose_types(key: str, domain: str | None) -> list[int]:
    """Show a picker of product types within a domain; none chosen stands for all of it."""
    codes = statistics.codes_of(domain)
    chosen = st.multiselect(
        "Product types",
        codes,
        format_func=results.label_of,
        placeholder="All of the domain" if domain else "All 27",
        key=f"{key}-{domain}",
    )
    return chosen or codes


def choose_domain(key: str = "domain") -> str | None:
    """Show a picker of domains and return the chosen one's French label, or None for all."""
    return st.pills("Domain", [each.french for each in Domain], key=key, bind="query-params")


@st.cache_data(show_spinner=False)
def training_history(name: str) -> list[dict[str, float]]:
    """Return a model's loss per epoch; empty for a model without epochs."""
    return Assets().model(name).history


@st.cache_resource(show_spinner="Reading the catalogue")
def local_catalog() -> Catalog | None:
    """Return the catalogue in the folder that RAKUTEN_DATA names, or None."""
    directory = os.environ.get("RAKUTEN_DATA")
    return read_catalog(directory) if directory else None


def show_product(catalog: Catalog, product: pd.Series, words: str = "") -> None:
    """Show one product of a table that has been joined with the catalogue.

    Args:
        catalog: where its photo is.
        product: a row with `designation` and `photo`; a product that the catalogue does not hold
            has neither.
        words: shown below the title.
    """
    with st.container(border=True, horizontal=True):
        if isinstance(product["photo"], str):
            try:
                st.image(decode_image(catalog.photos.read(product["photo"])), width=200)
            except RakutenError as error:
                st.error(str(error), icon=":material/broken_image:")
        title = product["designation"]
        st.text(title if isinstance(title, str) and title else "No title")
        if words:
            st.text(words)


def trained_or_stop() -> list[str]:
    """Return the names of the trained models, or say on the page that there are none and end it."""
    names = result("trained_models")
    if not names:
        st.error(
            "No model has been trained yet: python -m rakuten_core train --data DIR",
            icon=":material/error:",
        )
        st.stop()
    return names


@st.cache_data
def load_examples() -> list[Example]:
    """Return the examples of `assets/examples/`."""
    folder = DEFAULT_ROOT / "examples"
    records = json.loads((folder / "examples.json").read_text(encoding="utf-8"))
    return [
        Example(
            name=record["name"],
            title=record["title"],
            description=record.get("description", ""),
            picture=folder / record["picture"] if "picture" in record else None,
        )
        for record in records
    ]
