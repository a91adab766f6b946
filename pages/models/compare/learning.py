"""What more products to learn from should give."""

import streamlit as st

from pages.shared.loaders import report
from pages.shared.pickers import PLOT
from rakuten_core.language import _, decimal, number, signed
from rakuten_core.presentation.charts import learning_chart
from rakuten_core.registry import label_of_model
from rakuten_core.reports.learning_curves import learning_curves


def show_learning() -> None:
    """Show the learning curves and what they say of the complete data."""
    curves = report(learning_curves)
    if not curves:
        st.info(
            _("Not computed yet: python -m rakuten_core learning-curves --data DIR"),
            icon=":material/show_chart:",
        )
        return
    st.plotly_chart(
        learning_chart({label_of_model(curve.model): curve for curve in curves}),
        config=PLOT,
        alt=_("Weighted F1 rises with the products learnt from, ever more slowly."),
    )
    for curve in curves:
        low, high = curve.interval
        st.markdown(
            _(
                "**{model}**: {score} from {products} products, on {test} test products. Twice as "
                "many should add {doubling}; the complete data, {complete} products to learn from, "
                "should give **{expected}** (95% interval {low} to {high})."
            ).format(
                model=label_of_model(curve.model),
                score=decimal(curve.largest["weighted_f1"], 3),
                products=number(int(curve.largest["products"])),
                test=number(curve.test),
                doubling=signed(curve.doubling, 3),
                complete=number(curve.complete),
                expected=decimal(curve.expected, 3),
                low=decimal(low, 3),
                high=decimal(high, 3),
            )
        )
    st.caption(
        _(
            "Three draws of 10, 20, 40 and 70% of the products and one of all of them: {settings}; "
            "the whole flagship would take hours for each point. The line is a power law (Hestness "
            "et al. 2017); its interval comes from drawing test products and runs again, and does "
            "not know what other products the complete data holds."
        ).format(settings=", ".join(_(curve.settings) for curve in curves))
    )
