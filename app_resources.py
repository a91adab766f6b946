"""What the pages share: the cached classifier and assets, examples, and how errors are shown."""

import json
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from rakuten_core.assets import DEFAULT_ROOT, Assets
from rakuten_core.errors import RakutenError
from rakuten_core.service import Classifier


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


def plain(text: str) -> str:
    """Return text with Markdown's signs escaped, to be shown as it is."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|<>~$:&" else sign for sign in text)
