"""Widgets that several pages share."""

from collections.abc import Callable, Mapping

import streamlit as st

from rakuten_core.taxonomy import CODES, Domain, codes_of, label_of

PLOT = {"displayModeBar": False}
"""The configuration of every chart."""


def is_dark() -> bool:
    """Return whether the page is dark."""
    return st.context.theme.type == "dark"


def show_view(views: Mapping[str, Callable[[], None]]) -> None:
    """Show a picker of views, bound to the address, and the chosen one."""
    names = list(views)
    chosen = st.segmented_control(
        "View",
        names,
        default=names[0],
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    views[chosen]()


def choose_domain(key: str = "domain") -> str | None:
    """Show a picker of domains and return the chosen one's French label, or None for all."""
    return st.pills("Domain", [each.french for each in Domain], key=key, bind="query-params")


def choose_types(key: str, domain: str | None) -> list[int]:
    """Show a picker of product types within a domain; none chosen stands for all of it."""
    codes = codes_of(domain)
    chosen = st.multiselect(
        "Product types",
        codes,
        format_func=label_of,
        placeholder="All of the domain" if domain else "All 27",
        key=f"{key}-{domain}",
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


def download_csv(content: str, name: str) -> None:
    """Show a button that downloads a table."""
    st.download_button("Download as CSV", content, name, "text/csv", icon=":material/download:")
