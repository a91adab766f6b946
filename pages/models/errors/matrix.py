"""The confusion matrix and its strongest confusions in words."""

import streamlit as st

from pages.models.errors.cell import show_cell
from pages.shared.loaders import report, trained_names
from pages.shared.pickers import PLOT, is_dark
from rakuten_core.presentation.charts import confusion_chart, percent
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.confusion import (
    ORDERS,
    PUBLISHED_MATRIX,
    confusion_matrix,
    normalise,
    order_of_types,
    strongest_confusions,
)
from rakuten_core.taxonomy import product_type

UNITS = {"row": "% of true type", "column": "% of answers", "count": "Products"}


def show_matrix() -> None:
    """Show the matrix of a chosen model, and the products of the cell that was chosen."""
    choices = [*reversed(trained_names()), PUBLISHED_MATRIX]
    name = st.selectbox(
        "Model",
        choices,
        index=choices.index(ANSWERING) if ANSWERING in choices else 0,
        key="model",
        bind="query-params",
    )
    published = name == PUBLISHED_MATRIX
    left, right = st.columns(2)
    by = left.segmented_control(
        "Numbers",
        ["row"] if published else list(UNITS),
        format_func=UNITS.__getitem__,
        default="row",
        required=True,
        key="by",
        bind="query-params",
    )
    order = right.segmented_control(
        "Order by", ORDERS, default="domain", required=True, key="order", bind="query-params"
    )
    matrix = report(confusion_matrix, name)
    chart, words = st.columns([3, 1])
    with chart:
        selected = st.plotly_chart(
            confusion_chart(normalise(matrix, by), order_of_types(order, matrix), by, is_dark()),
            config=PLOT,
            on_select="rerun",
            selection_mode="points",
            key=f"matrix-{name}-{by}-{order}",
            alt="Confusion matrix, true types in rows, answers in columns",
        )
    with words:
        st.markdown("**Strongest confusions**")
        for confusion in strongest_confusions(matrix).itertuples():
            of = "" if published else f" of {confusion.support:,.0f}"
            st.markdown(
                f"{confusion.true} {product_type(confusion.true).english} → {confusion.answered} "
                f"{product_type(confusion.answered).english}: "
                f"**{percent(confusion.share, 0)}**{of}"
            )
    if published:
        st.caption(
            "The study's fusion_mobilenet_simple_224 as published, rounded to whole percent; the "
            "products behind it were not published."
        )
        return
    points = selected.selection.points if selected else []
    if points and points[0] != st.session_state.get("last_point"):
        # A click moves the two pickers; they then say what is shown, in the address too.
        st.session_state.last_point = points[0]
        st.session_state.true = int(points[0]["y"])
        st.session_state.answered = int(points[0]["x"])
    show_cell(name, strongest_confusions(matrix, 1).iloc[0])
