"""Where one of two models is better, and whether chance explains it."""

import streamlit as st

from pages.shared.loaders import report, trained_names
from pages.shared.pickers import PLOT
from rakuten_core.presentation.charts import difference_chart
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.model_comparison import (
    compare,
    compare_by_type,
    significance_in_words,
    who_wins,
)


def _choose(label: str, key: str, names: list[str], wanted: str, otherwise: int) -> str:
    index = names.index(wanted) if wanted in names else otherwise
    return st.selectbox(label, names, index=index, key=key, bind="query-params")


def show_two_models() -> None:
    """Show the comparison of two chosen models."""
    names = trained_names()
    left, right = st.columns(2)
    with left:
        first = _choose("First model", "first", names, "text_linear", 0)
    with right:
        second = _choose("Second model", "second", names, ANSWERING, len(names) - 1)
    if first == second:
        st.info("Choose two different models.")
        return
    test = report(compare, first, second)
    if test is None:
        st.info("The two models share no test product.")
        return
    st.markdown(f"**{significance_in_words(f'`{first}`', f'`{second}`', test)}**")
    low, high = test.interval
    st.markdown(
        f"Weighted F1 of `{second}` minus `{first}`: **{test.difference:+.3f}** "
        f"(95 % interval {low:+.3f} to {high:+.3f}). Only `{first}` is right on "
        f"{test.only_first:,} products, only `{second}` on {test.only_second:,}."
    )
    by_type = report(compare_by_type, first, second)
    st.plotly_chart(
        difference_chart(by_type, first, second),
        config=PLOT,
        alt="Difference of F1 per product type",
    )
    st.caption(
        "Coloured where p < 0.05 for the type alone (paired permutation test of F1), grey "
        "elsewhere. Among 27 types one or two may be coloured by chance."
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        who_wins(by_type, first, second),
        hide_index=True,
        height="content",
        column_config={
            "Product type": "Product type",
            first: number(first, format="%.3f"),
            second: number(second, format="%.3f"),
            "Difference": number("Difference", format="%+.3f"),
        },
    )
