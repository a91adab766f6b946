"""Tables whose labels and numbers are written in the current language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st

from rakuten_core.language import _, decimal, number, percent, signed


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        label: in English; shown in the current language.
        write: how a value is written; None for what is a text already.
        help: shown beside the label, likewise in English.
        width: of the column; a number is in pixels.
        pinned: whether it stays in sight while the others are scrolled.
    """

    label: str
    write: Callable[[Any], str] | None = None
    help: str | None = None
    width: Literal["small", "medium", "large"] | int | None = None
    pinned: bool | None = None


def two_decimals(value: float) -> str:
    """Return `0.85`."""
    return decimal(value, 2)


def one_decimal(value: float) -> str:
    """Return `12.3`."""
    return decimal(value, 1)


def three_decimals(value: float) -> str:
    """Return `0.852`."""
    return decimal(value, 3)


def four_decimals(value: float) -> str:
    """Return `0.8521`."""
    return decimal(value, 4)


def signed_three_decimals(value: float) -> str:
    """Return `+0.012`."""
    return signed(value, 3)


def signed_four_decimals(value: float) -> str:
    """Return `+0.0012`."""
    return signed(value, 4)


def whole(value: float) -> str:
    """Return `84,916`."""
    return number(value)


def share(value: float) -> str:
    """Return `82.7%`."""
    return percent(value)


def yes_or_no(value: bool) -> str:
    """Return `yes` or nothing."""
    return _("yes") if value else ""


def show_table(table: pd.DataFrame, columns: Mapping[str, Column]) -> None:
    """Show some columns of a table, in the order given; what is missing is a dash."""
    shown = table[[name for name in columns if name in table]]
    writers = {
        name: column.write for name, column in columns.items() if column.write and name in shown
    }
    config: dict[str, Any] = {}
    for name in shown:
        column = columns[name]
        config[name] = st.column_config.Column(
            _(column.label),
            help=_(column.help) if column.help else None,
            width=column.width,
            pinned=column.pinned,
        )
    st.dataframe(
        shown.style.format(writers, na_rep="–"),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config=config,
    )


def download_csv(content: str, name: str) -> None:
    """Show a button that downloads a table."""
    st.download_button(_("Download as CSV"), content, name, "text/csv", icon=":material/download:")
