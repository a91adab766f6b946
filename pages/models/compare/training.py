"""Losses per epoch, how sure models are of the truth, and whether they may be."""

import pandas as pd
import streamlit as st

from pages.shared.alternatives import extremes
from pages.shared.loaders import report, trained_names
from pages.shared.pickers import PLOT
from rakuten_core.language import _, decimal, percent
from rakuten_core.presentation.charts import density_chart, reliability_chart, training_chart
from rakuten_core.registry import best, entry, label_of_model
from rakuten_core.reports.saved_answers import model_facts
from rakuten_core.reports.trust import (
    reliability_of,
    training_histories,
    true_class_probability,
)


def show_training() -> None:
    """Show the curves."""
    names = trained_names()
    histories = report(training_histories, names)
    if histories:
        chosen = st.multiselect(
            _("Networks"),
            list(histories),
            default=list(histories)[:3],
            format_func=label_of_model,
            key="networks",
            bind="query-params",
        )
        st.plotly_chart(
            training_chart({label_of_model(name): histories[name] for name in chosen}),
            config=PLOT,
            alt=_("Loss per epoch of each network"),
        )
    _show_trust(names)


def _show_trust(names: list[str]) -> None:
    """Show how far the probabilities of chosen models can be trusted."""
    wanted = [name for name in best().values() if name in names]
    models = st.multiselect(
        _("Models"),
        names,
        default=wanted,
        format_func=label_of_model,
        key="models",
        bind="query-params",
    )
    modalities = {label_of_model(name): entry(name).modality for name in models}
    given = {label_of_model(name): report(true_class_probability, name) for name in models}
    left, right = st.columns(2)
    left.plotly_chart(
        density_chart(given, modalities),
        config=PLOT,
        alt=extremes(
            _("Mean probability given to the true type"),
            pd.Series({name: values.mean() for name, values in given.items()}, dtype=float),
            percent,
        ),
    )
    right.plotly_chart(
        reliability_chart(
            {label_of_model(name): report(reliability_of, name) for name in models}, modalities
        ),
        config=PLOT,
        alt=extremes(
            _("Calibration error"),
            pd.Series(
                {
                    label_of_model(name): report(model_facts, name)[1]["all"][
                        "expected_calibration_error"
                    ]
                    for name in models
                },
                dtype=float,
            ),
            lambda value: decimal(value, 3),
        ),
    )
    st.caption(
        _(
            "Left: far right is good, the model believes in the truth. Right: on the diagonal a "
            "model is as often right as it says; below it, it is too sure. Large dots: many "
            "products."
        )
    )
