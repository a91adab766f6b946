"""How models do on parts of the test products, side by side, and where they do worst."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.shared.loaders import report, trained_names
from pages.shared.pickers import PLOT, choose_model
from pages.shared.tables import Column, one_decimal, share, show_table, three_decimals, whole
from rakuten_core.evaluation.slices import FEWEST
from rakuten_core.language import N_, _, decimal, number, percent
from rakuten_core.presentation.charts import slices_chart
from rakuten_core.registry import ANSWERING, best, label_of_model
from rakuten_core.reports.slice_tables import ATTRIBUTES, slices_by, worst


def _small(value: float) -> str:
    least = 0.001
    return f"< {three_decimals(least)}" if value < least else three_decimals(value)


_COLUMNS = {
    "slice": Column(N_("Slice"), pinned=True),
    "rows": Column(N_("Test products"), whole),
    "weighted_f1": Column(N_("Weighted F1"), three_decimals),
    "f1_interval": Column(N_("95% interval")),
    "calibration_error": Column(N_("Calibration error"), three_decimals),
    "error_interval": Column(N_("95% interval")),
    "coverage": Column(
        N_("Sorted at 95% right"), share, N_("Largest share whose answers are 95% right")
    ),
    "coverage_interval_text": Column(N_("95% interval")),
}
_WORST = {
    "slice": Column(N_("Slice"), pinned=True, width="large"),
    "rows": Column(N_("Test products"), whole),
    "errors": Column(N_("Errors"), share),
    "excess": Column(N_("Errors above average"), one_decimal),
    "q_value": Column(N_("q-value"), _small),
}


def _between(write: Callable[[float], str], interval: tuple[float, float]) -> str:
    return _("{low} to {high}").format(low=write(interval[0]), high=write(interval[1]))


def _show_measures(name: str, table: pd.DataFrame) -> None:
    st.markdown(f"**{label_of_model(name)}**")
    show_table(
        table.assign(
            f1_interval=[_between(three_decimals, each) for each in table["weighted_f1_interval"]],
            error_interval=[
                _between(three_decimals, each) for each in table["calibration_error_interval"]
            ],
            coverage_interval_text=[_between(share, each) for each in table["coverage_interval"]],
        ),
        _COLUMNS,
    )


def _show_worst(name: str) -> None:
    st.subheader(_("Where it does worst"), anchor=False)
    table = report(worst, name)
    if table.empty:
        st.info(_("No slice has more errors than chance would give."))
        return
    first = table.iloc[0]
    st.markdown(
        _(
            "Most errors above the average: **{slice}**, {errors} of {rows} products wrong, "
            "{excess} more than on average."
        ).format(
            slice=first["slice"],
            errors=percent(first["errors"], 0),
            rows=number(first["rows"]),
            excess=decimal(first["excess"], 0),
        )
    )
    show_table(table.head(15), _WORST)
    st.caption(
        _(
            "“{model}”, single attributes and pairs of them with at least {fewest} test products; "
            "exact binomial tests against all, false discovery rate of 5% (Benjamini-Hochberg)."
        ).format(model=label_of_model(name), fewest=FEWEST)
    )


def show_slices() -> None:
    """Show one attribute, two models side by side, and the worst slices of the first."""
    names = trained_names()
    left, middle, right = st.columns(3)
    attribute = left.selectbox(
        _("Cut by"),
        list(ATTRIBUTES),
        format_func=lambda each: _(ATTRIBUTES[each]),
        key="slice",
        bind="query-params",
    )
    with middle:
        first = choose_model(_("Model"), names, ANSWERING, "slice-model")
    with right:
        second = choose_model(_("Beside it"), names, best()["text"], "slice-other")
    tables = {name: report(slices_by, name, attribute) for name in dict.fromkeys((first, second))}
    st.plotly_chart(
        slices_chart({label_of_model(name): table for name, table in tables.items()}),
        config=PLOT,
        alt=_("Weighted F1 of each slice, with its interval."),
    )
    for name, table in tables.items():
        _show_measures(name, table)
    _show_worst(first)
