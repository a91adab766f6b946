"""What a wrong type and a look cost, and the limit that costs least."""

import pandas as pd
import streamlit as st

from pages.shared.limit import set_limit
from pages.shared.pickers import PLOT
from rakuten_core.language import _, number, percent
from rakuten_core.presentation.charts import cost_chart
from rakuten_core.reports.automation import PER, cheapest, costs


def euros(value: float) -> str:
    """Return `1,234 €`."""
    return _("{amount} €").format(amount=number(value))


def choose_costs() -> tuple[float, float, float]:
    """Show the inputs; return what a wrong type and a look cost, and the seconds of a look."""
    places = st.columns(3)
    wrong = places[0].number_input(
        _("A wrong type costs, €"),
        min_value=0.0,
        max_value=1000.0,
        value=2.0,
        step=0.5,
        key="wrong",
        bind="query-params",
        help=_("Returns, complaints, a product that nobody finds."),
    )
    check = places[1].number_input(
        _("A look costs, €"),
        min_value=0.0,
        max_value=100.0,
        value=0.25,
        step=0.05,
        key="check",
        bind="query-params",
        help=_("Of the person who looks at a product and sets its type."),
    )
    seconds = places[2].number_input(
        _("A look takes, seconds"),
        min_value=1,
        max_value=600,
        value=20,
        key="seconds",
        bind="query-params",
    )
    return wrong, check, seconds


def show_saving(curve: pd.DataFrame, wrong: float, check: float, seconds: float) -> float:
    """Show the limit that costs least, and return it."""
    table = costs(curve, wrong, check)
    found = cheapest(table)
    limit = float(found["limit"])
    here = curve.loc[found.name]
    looked_at = PER * check
    places = st.columns(4)
    places[0].metric(_("Cheapest limit"), percent(limit, 0), border=True)
    places[1].metric(
        _("Sorted by themselves"),
        percent(here["share"], 0),
        _("{precision} right").format(precision=percent(here["precision"])),
        delta_color="off",
        delta_arrow="off",
        border=True,
    )
    places[2].metric(
        _("Saved per {count} products").format(count=number(PER)),
        euros(looked_at - found["total"]),
        help=_("Against looking at every product: {cost}.").format(cost=euros(looked_at)),
        border=True,
    )
    places[3].metric(
        _("Hours saved"),
        number(PER * here["share"] * seconds / 3600),
        help=_("Per {count} products.").format(count=number(PER)),
        border=True,
    )
    st.button(
        _("Make {limit} the limit everywhere").format(limit=percent(limit, 0)),
        type="primary",
        icon=":material/done_all:",
        on_click=set_limit,
        args=(round(100 * limit),),
    )
    st.plotly_chart(
        cost_chart(table, limit),
        config=PLOT,
        alt=_("The cost is lowest, {cost}, at a limit of {limit}.").format(
            cost=euros(found["total"]), limit=percent(limit, 0)
        ),
    )
    return limit
