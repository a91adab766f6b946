"""Many products at once: chosen in a table, decided together."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.catalogue.review.attempt import attempt
from pages.catalogue.review.origin import Origin
from pages.shared.products import probability_column
from rakuten_core.errors import ReviewError
from rakuten_core.language import _, number
from rakuten_core.review.queue import Wanted
from rakuten_core.taxonomy import CODES, label_of


def _choose(rows: list[dict[str, Any]]) -> list[int]:
    """Show products and return the ids of those that are chosen."""
    table = pd.DataFrame(
        {
            "productid": row["productid"],
            "title": row["title"],
            "answered": label_of(row["answered"]) if row["answered"] else "",
            "probability": row["probability"],
            "given": label_of(row["given"]) if row["given"] else "",
        }
        for row in rows
    )
    turn = st.session_state.setdefault("review_turn", 0)
    selected = st.dataframe(
        table,
        hide_index=True,
        height=420,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"review-table-{turn}-{len(rows)}",
        column_config={
            "productid": _("Product"),
            "title": st.column_config.TextColumn(_("Title"), width="large"),
            "answered": st.column_config.TextColumn(_("Answer"), width="medium"),
            "probability": probability_column(_("Probability")),
            "given": _("Type given"),
        },
        column_order=None if any(row["given"] for row in rows) else list(table.columns[:-1]),
    )
    return [rows[place]["id"] for place in selected.selection.rows]


def show_table(origin: Origin, reviewer: str, wanted: Wanted) -> None:
    """Show what is not decided yet; the chosen rows are accepted or get one type."""
    words = st.text_input(_("Words in the title"), key="review-words").lower().split()
    shown = origin.queue.rows(wanted)
    rows = [row for row in shown if all(word in (row["title"] or "").lower() for word in words)]
    progress = origin.queue.progress(wanted)
    left = progress.wanted - progress.decided
    if left > len(shown):
        st.caption(
            _("Here are the {shown} most uncertain of {left} products to look at.").format(
                shown=number(len(shown)), left=number(left)
            )
        )
    st.caption(
        _("{count} products to look at. Choose rows, or all by the box above them.").format(
            count=number(len(rows))
        )
    )
    if not rows:
        return
    chosen = _choose(rows)

    def decide(code: int | None) -> None:
        decided = origin.queue.decide_many(chosen, reviewer, code)
        # Another table: the selection was of rows that are gone.
        st.session_state.review_turn += 1
        if decided < len(chosen):
            raise ReviewError(
                _(
                    "{decided} of {chosen} products were decided. The others have no answer, or "
                    "someone else looks at them or has decided them."
                ).format(decided=number(decided), chosen=number(len(chosen)))
            )

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            _("Accept the answers of {count}").format(count=number(len(chosen)))
            if chosen
            else _("Accept the answers"),
            disabled=not chosen,
            type="primary",
            icon=":material/check:",
            on_click=attempt,
            args=(decide, None),
        )
        code = st.selectbox(
            _("One type for all of them"),
            CODES,
            index=None,
            format_func=label_of,
            placeholder=_("Search all 27"),
            width=320,
        )
        st.button(
            _("Set the type"),
            disabled=not chosen or code is None,
            on_click=attempt,
            args=(decide, code),
        )
