"""Widgets that several pages share."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rakuten_core.language import N_, _
from rakuten_core.registry import label_of_model
from rakuten_core.taxonomy import CODES, Domain, codes_of, label_of

PLOT = {"displayModeBar": False}
"""The configuration of every chart."""


def is_dark() -> bool:
    """Return whether the page is dark."""
    return st.context.theme.type == "dark"


def show_view(views: Mapping[str, Callable[[], None]]) -> None:
    """Show a picker of views by their English names, bound to the address, and the chosen one."""
    names = list(views)
    chosen = st.segmented_control(
        _("View"),
        names,
        format_func=_,
        default=names[0],
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    views[chosen]()


_ORDERS = {
    "count": N_("Number of products"),
    "median": N_("Median"),
    "domain": N_("Domain"),
    "code": N_("Code"),
    "clustering": N_("Likeness"),
    "difficulty": N_("Difficulty"),
}


def choose_order(orders: Sequence[str], column: DeltaGenerator | None = None) -> str:
    """Show a picker of the order of the product types, bound to the address.

    Args:
        orders: of `count`, `median`, `domain`, `code`, `clustering` and `difficulty`; the first
            is the default.
        column: where to show it.
    """
    return (column or st).segmented_control(
        _("Order by"),
        orders,
        format_func=lambda order: _(_ORDERS[order]),
        default=orders[0],
        required=True,
        key="order",
        bind="query-params",
    )


def choose_domain(key: str = "domain") -> Domain | None:
    """Show a picker of domains and return the chosen one, or None for all."""
    return st.pills(
        _("Domain"),
        list(Domain),
        format_func=lambda domain: domain.label,
        key=key,
        bind="query-params",
    )


def choose_types(key: str, domain: Domain | None) -> list[int]:
    """Show a picker of product types within a domain; none chosen stands for all of it."""
    codes = codes_of(domain)
    chosen = st.multiselect(
        _("Product types"),
        codes,
        format_func=label_of,
        placeholder=_("All of the domain") if domain else _("All 27"),
        key=f"{key}-{domain.name if domain else ''}",
    )
    return chosen or codes


def choose_type(label: str, key: str, default: int = CODES[0]) -> int:
    """Show a picker of one product type, bound to the address, and return its code."""
    return st.selectbox(
        label,
        CODES,
        index=CODES.index(default),
        format_func=label_of,
        key=key,
        bind="query-params",
    )


def choose_model(label: str, names: list[str], wanted: str, key: str) -> str:
    """Show a picker of one model by what people call it, bound to the address.

    Args:
        label: of the picker.
        names: of the models to choose from.
        wanted: chosen at first, where it is one of them.
        key: of the picker.
    """
    return st.selectbox(
        label,
        names,
        index=names.index(wanted) if wanted in names else 0,
        format_func=label_of_model,
        key=key,
        bind="query-params",
    )
