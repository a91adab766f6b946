"""How much can be automated: the limit that costs least, and what it saves."""

import pandas as pd
import streamlit as st

from pages.shared.limit import set_limit
from pages.shared.loaders import report
from pages.shared.pickers import PLOT, choose_domain, choose_types
from pages.shared.tables import Column, share, show_table, two_decimals, whole
from rakuten_core.language import N_, _, number, percent
from rakuten_core.presentation.charts import cost_chart, coverage_chart
from rakuten_core.registry import best, label_of_model
from rakuten_core.reports.automation import (
    PER,
    cheapest,
    costs,
    coverage_curve,
    limits_by_type,
    shares_at,
    shares_by_answer,
)
from rakuten_core.taxonomy import label_of

_PRECISIONS = (0.90, 0.95, 0.98)


def _euros(value: float) -> str:
    return _("{amount} €").format(amount=number(value))


def _choose_costs() -> tuple[float, float, float]:
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


def _show_saving(curve: pd.DataFrame, wrong: float, check: float, seconds: float) -> float:
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
        _euros(looked_at - found["total"]),
        help=_("Against looking at every product: {cost}.").format(cost=_euros(looked_at)),
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
            cost=_euros(found["total"]), limit=percent(limit, 0)
        ),
    )
    return limit


def _show_limits_by_type(name: str, wrong: float, check: float) -> None:
    st.subheader(_("A limit for each type"), anchor=False)
    found = report(limits_by_type, name, wrong, check)
    if found is None:
        st.caption(
            _("“{model}” was trained without keeping what a limit per type is chosen on.").format(
                model=label_of_model(name)
            )
        )
        return
    table, cost = found
    gain = cost["one"] - cost["by_type"]
    verdict = (
        _("A limit per type saves {gain} more per {count} products.")
        if gain > 0
        else _("A limit per type saves nothing more ({gain} per {count} products).")
    )
    st.markdown(
        verdict.format(gain=_euros(gain), count=number(PER))
        + " "
        + _(
            "Chosen on {rows} validation products, measured on the test products: {one} with one "
            "limit, {by_type} with a limit per type."
        ).format(
            rows=number(table["products"].sum()),
            one=_euros(cost["one"]),
            by_type=_euros(cost["by_type"]),
        )
    )
    with st.expander(_("The limits")):
        named = table.assign(label=[label_of(code) for code in table["code"]])
        show_table(
            named.sort_values("limit"),
            {
                "label": Column(N_("Type answered"), pinned=True),
                "limit": Column(N_("Limit"), lambda value: percent(value, 0)),
                "products": Column(N_("Validation products"), whole),
            },
        )


def _show_by_answer(name: str) -> None:
    st.subheader(_("By domain and type"), anchor=False)
    table = report(shares_by_answer, name, _PRECISIONS[1])
    named = table.assign(
        label=[
            domain.label if code != code or code is None else label_of(int(code))
            for domain, code in zip(table["domain"], table["code"], strict=True)
        ],
        group=[domain.label for domain in table["domain"]],
    )
    columns = {
        "label": Column(N_("Answer"), pinned=True),
        "share": Column(N_("Sorted by themselves"), share),
        "limit": Column(N_("Limit"), two_decimals),
        "products": Column(N_("Test products"), whole),
    }
    st.caption(
        _("At {precision} right answers, by what the answer is.").format(
            precision=percent(_PRECISIONS[1], 0)
        )
    )
    show_table(named[named["code"].isna()].sort_values("share", ascending=False), columns)
    with st.expander(_("All 27 types")):
        show_table(named[named["code"].notna()].sort_values("share", ascending=False), columns)


st.title(_("How much can be automated"))
models = best()
st.markdown(
    _(
        "The surest answers are taken as they are, a person looks at the others. The higher the "
        "limit, the fewer errors and the more work."
    )
)
wrong, check, seconds = _choose_costs()
limit = _show_saving(report(coverage_curve, models["fusion"]), wrong, check, seconds)

st.subheader(_("What is sorted, and how much of it is right"), anchor=False)
domain = choose_domain()
codes = tuple(choose_types("automation", domain))
chosen = codes if len(codes) < 27 else ()
curves = {reads: report(coverage_curve, name, chosen) for reads, name in models.items()}
st.plotly_chart(
    coverage_chart(curves, limit),
    config=PLOT,
    alt=_("The more is sorted, the less of it is right: {models}.").format(
        models=", ".join(label_of_model(name) for name in models.values())
    ),
)
shares = report(shares_at, list(models.values()), list(_PRECISIONS))
show_table(
    shares.assign(label=[label_of_model(name) for name in shares["name"]]),
    {
        "label": Column(N_("Model"), pinned=True),
        "at_0.9": Column(N_("At 90% right"), share),
        "at_0.95": Column(N_("At 95% right"), share),
        "at_0.98": Column(N_("At 98% right"), share),
        "products": Column(N_("Test products"), whole),
    },
)
st.caption(
    _(
        "Test products that the models never saw. The bands are 95% bootstrap intervals over these "
        "products; a type or domain is that of the answer."
    )
)
_show_limits_by_type(models["fusion"], wrong, check)
_show_by_answer(models["fusion"])
