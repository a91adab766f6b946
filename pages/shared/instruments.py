"""What looks around in the models and the training data; loaded when a page first asks for it."""

import streamlit as st

from pages.shared.loaders import load_classifier
from rakuten_core.assets import Assets
from rakuten_core.errors import ModelError
from rakuten_core.inference.models.image_network import network_path
from rakuten_core.inference.network_layers import NetworkLayers
from rakuten_core.inference.word_neighbours import WordNeighbours
from rakuten_core.language import _


@st.cache_resource(show_spinner=False)
def load_layers() -> NetworkLayers:
    """Return what shows the layers of the network whose activation map explains a photo.

    Raises:
        AssetError: its file is missing or damaged.
    """
    looking = load_classifier().looking
    return NetworkLayers(network_path(Assets().model(looking.name).folder), looking)


@st.cache_resource(show_spinner=False)
def load_words() -> WordNeighbours:
    """Return what finds words that speak for the same types.

    Raises:
        ModelError: naive Bayes is not among the models that answer.
    """
    model = load_classifier().naive_bayes
    if model is None:
        raise ModelError(_("Naive Bayes is not among the models that answer."))
    return WordNeighbours(model)
