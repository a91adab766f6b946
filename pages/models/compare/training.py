"""Losses per epoch, how sure models are of the truth, and whether they may be."""

import streamlit as st

from pages.shared.loaders import report, trained_names
from pages.shared.pickers import PLOT
from rakuten_core.presentation.charts import density_chart, reliability_chart, training_chart
from rakuten_core.registry import REGISTRY, best
from rakuten_core.reports.trust import (
    reliability_of,
    training_histories,
    true_class_probability,
)

MODALITY_OF = {entry.name: entry.modality for entry in REGISTRY}


def show_training() -> None:
    """Show the curves."""
    names = trained_names()
    histories = report(training_histories, names)
    if histories:
        chosen = st.multiselect(
            "Networks",
            list(histories),
            default=list(histories)[:3],
            key="networks",
            bind="query-params",
        )
        st.plotly_chart(
            training_chart({name: histories[name] for name in chosen}),
            config=PLOT,
            alt="Loss per epoch of each network",
        )
    wanted = [name for name in best().values() if name in names]
    models = st.multiselect("Models", names, default=wanted, key="models", bind="query-params")
    left, right = st.columns(2)
    left.plotly_chart(
        density_chart({name: report(true_class_probability, name) for name in models}, MODALITY_OF),
        config=PLOT,
        alt="Density of the probability given to the true type",
    )
    right.plotly_chart(
        reliability_chart({name: report(reliability_of, name) for name in models}, MODALITY_OF),
        config=PLOT,
        alt="Accuracy against confidence",
    )
    st.caption(
        "Left: far right is good, the model believes in the truth. Right: on the diagonal a model "
        "is as often right as it says; below it, it is too sure. Large dots: many products."
    )
