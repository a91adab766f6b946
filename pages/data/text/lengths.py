"""How long titles and descriptions are, over all and per type."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.loaders import report
from pages.shared.pickers import PLOT, choose_domain, choose_types
from rakuten_core.presentation.charts import box_chart, length_histogram
from rakuten_core.reports.text_statistics import FIELDS, MEASURES, length_quantiles, lengths


def _choose(column: DeltaGenerator, label: str, values: tuple[str, ...], default: str) -> str:
    return column.segmented_control(
        label,
        values,
        format_func=str.capitalize,
        default=default,
        required=True,
        key=label.lower(),
        bind="query-params",
    )


def show_lengths() -> None:
    """Show the distribution of lengths."""
    left, right = st.columns(2)
    field = _choose(left, "Field", FIELDS, "title")
    unit = _choose(right, "Count", MEASURES, "words")
    domain = choose_domain()
    table = report(lengths, field, unit)
    table = table[table["code"].isin(choose_types("lengths", domain))]
    if table.empty:
        st.info(f"None of these products has a {field}.")
        return
    found = length_quantiles(table)
    overall = found.loc[0]
    st.markdown(
        f"**Half of the {field}s have {overall['median']:,.0f} {unit} or fewer**, one in twenty "
        f"more than {overall['q95']:,.0f}; the longest has {table['value'].max():,}."
    )
    st.plotly_chart(
        length_histogram(table, overall, unit), config=PLOT, alt=f"Number of {unit} per {field}"
    )
    st.caption(
        f"{overall['products']:,.0f} products with a {field}; the longest 1 % are not shown."
    )
    by_type = found.drop(index=0).sort_values("median", ascending=False)
    st.plotly_chart(
        box_chart(by_type, f"{unit.capitalize()} per {field}", field == "description"),
        config=PLOT,
        alt=f"Number of {unit} per {field} and product type",
    )
    st.caption("Box: the middle half, with the median. Whiskers: 5 % to 95 % of the products.")
