"""Where one of two models is better, and whether chance explains it."""

import streamlit as st

from pages.shared.alternatives import extremes
from pages.shared.loaders import report, trained_names
from pages.shared.pickers import PLOT, choose_model
from pages.shared.tables import Column, show_table, signed_three_decimals, three_decimals
from rakuten_core.language import N_, _, number, signed
from rakuten_core.presentation.charts import difference_chart
from rakuten_core.registry import ANSWERING, label_of_model
from rakuten_core.reports.model_comparison import (
    compare,
    compare_by_type,
    significance_in_words,
    who_wins,
)
from rakuten_core.taxonomy import label_of


def show_two_models() -> None:
    """Show the comparison of two chosen models."""
    names = trained_names()
    left, right = st.columns(2)
    with left:
        first = choose_model(_("First model"), names, "text_linear", "first")
    with right:
        second = choose_model(_("Second model"), names, ANSWERING, "second")
    if first == second:
        st.info(_("Choose two different models."))
        return
    test = report(compare, first, second)
    if test is None:
        st.info(_("The two models share no test product."))
        return
    first_label, second_label = label_of_model(first), label_of_model(second)
    st.markdown(f"**{significance_in_words(first_label, second_label, test)}**")
    low, high = test.interval
    st.markdown(
        _(
            "Weighted F1 of “{second}” minus “{first}”: **{difference}** (95% interval {low} to "
            "{high}). Only “{first}” is right on {only_first} products, only “{second}” on "
            "{only_second}."
        ).format(
            second=second_label,
            first=first_label,
            difference=signed(test.difference, 3),
            low=signed(low, 3),
            high=signed(high, 3),
            only_first=number(test.only_first),
            only_second=number(test.only_second),
        )
    )
    by_type = report(compare_by_type, first, second)
    st.plotly_chart(
        difference_chart(by_type, first_label, second_label),
        config=PLOT,
        alt=extremes(
            _("Difference of F1 per product type"),
            by_type["difference"].rename(index=label_of),
            signed_three_decimals,
        ),
    )
    st.caption(
        _(
            "Coloured where p < 0.05 for the type alone (paired permutation test of F1), grey "
            "elsewhere. Among 27 types one or two may be coloured by chance."
        )
    )
    show_table(
        who_wins(by_type, first_label, second_label),
        {
            "type": Column(N_("Product type")),
            "first": Column(N_("First model"), three_decimals),
            "second": Column(N_("Second model"), three_decimals),
            "difference": Column(N_("Difference"), signed_three_decimals),
            "winner": Column(N_("Who wins")),
        },
    )
