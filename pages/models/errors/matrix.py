"""The confusion matrix and its strongest confusions in words."""

import streamlit as st

from pages.models.errors.cell import show_cell
from pages.shared.loaders import report, trained_names
from pages.shared.pickers import PLOT, choose_order, is_dark
from rakuten_core.language import N_, _, number, percent
from rakuten_core.presentation.charts import confusion_chart, labelled
from rakuten_core.registry import ANSWERING, label_of_model
from rakuten_core.reports.confusion import (
    ORDERS,
    PUBLISHED_MATRIX,
    confusion_matrix,
    normalise,
    order_of_types,
    strongest_confusions,
)
from rakuten_core.taxonomy import label_of

UNITS = {
    "row": N_("% of true type"),
    "column": N_("% of answers"),
    "count": N_("Number of products"),
}


def _name(choice: str) -> str:
    return (
        _("The study's best, as published")
        if choice == PUBLISHED_MATRIX
        else label_of_model(choice)
    )


def show_matrix() -> None:
    """Show the matrix of a chosen model, and the products of the cell that was chosen."""
    choices = [*reversed(trained_names()), PUBLISHED_MATRIX]
    name = st.selectbox(
        _("Model"),
        choices,
        index=choices.index(ANSWERING) if ANSWERING in choices else 0,
        format_func=_name,
        key="model",
        bind="query-params",
    )
    published = name == PUBLISHED_MATRIX
    left, right = st.columns(2)
    by = left.segmented_control(
        _("Numbers"),
        ["row"] if published else list(UNITS),
        format_func=lambda unit: _(UNITS[unit]),
        default="row",
        required=True,
        key="by",
        bind="query-params",
    )
    order = choose_order(ORDERS, right)
    matrix = report(confusion_matrix, name)
    confusions = list(strongest_confusions(matrix).itertuples())
    chart, words = st.columns([3, 1])
    with chart:
        selected = st.plotly_chart(
            confusion_chart(normalise(matrix, by), order_of_types(order, matrix), by, is_dark()),
            config=PLOT,
            on_select="rerun",
            selection_mode="points",
            key=f"matrix-{name}-{by}-{order}",
            alt=_("Most often {true} is taken for {answered}.").format(
                true=label_of(confusions[0].true), answered=label_of(confusions[0].answered)
            ),
        )
    with words:
        st.markdown(_("**Strongest confusions**"))
        for confusion in confusions:
            pair = f"{label_of(confusion.true)} → {label_of(confusion.answered)}"
            part = f"**{percent(confusion.share, 0)}**"
            if not published:
                part = _("{share} of {count}").format(share=part, count=number(confusion.support))
            st.markdown(labelled(pair, part))
    if published:
        st.caption(
            _(
                "The study's fusion_mobilenet_simple_224 as published, rounded to whole percent; "
                "the products behind it were not published."
            )
        )
        return
    points = selected.selection.points if selected else []
    if points and points[0] != st.session_state.get("last_point"):
        # A click moves the two pickers; they then say what is shown, in the address too.
        st.session_state.last_point = points[0]
        st.session_state.true = int(points[0]["y"])
        st.session_state.answered = int(points[0]["x"])
    show_cell(name, strongest_confusions(matrix, 1).iloc[0])
