"""A limit for each type, and what is sorted of each domain and type."""

import streamlit as st

from pages.catalogue.automation.saving import euros
from pages.shared.loaders import report
from pages.shared.tables import Column, share, show_table, whole
from rakuten_core.language import N_, _, number, percent
from rakuten_core.registry import label_of_model
from rakuten_core.reports.automation import PER, limits_by_type, shares_by_answer
from rakuten_core.taxonomy import label_of

_PRECISION = 0.95


def show_limits_by_type(name: str, wrong: float, check: float) -> None:
    """Show whether a limit per type saves more than one for all."""
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
        _("A limit per type saves {amount} more per {count} products.")
        if gain > 0
        else _("A limit per type would cost {amount} more per {count} products.")
    )
    st.markdown(
        verdict.format(amount=euros(abs(gain)), count=number(PER))
        + " "
        + _(
            "Chosen on {rows} validation products, measured on the test products: a cost of {one} "
            "with one limit, of {by_type} with a limit per type."
        ).format(
            rows=number(table["products"].sum()),
            one=euros(cost["one"]),
            by_type=euros(cost["by_type"]),
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


def show_by_answer(name: str) -> None:
    """Show what is sorted at 95 % right answers, by what the answer is."""
    st.subheader(_("By domain and type"), anchor=False)
    table = report(shares_by_answer, name, _PRECISION)
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
        "limit": Column(N_("Limit"), lambda value: percent(value, 0)),
        "products": Column(N_("Test products"), whole),
    }
    st.caption(
        _("At {precision} right answers, by what the answer is.").format(
            precision=percent(_PRECISION, 0)
        )
    )
    show_table(named[named["code"].isna()].sort_values("share", ascending=False), columns)
    with st.expander(_("All 27 types")):
        show_table(named[named["code"].notna()].sort_values("share", ascending=False), columns)
