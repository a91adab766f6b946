"""Review: the products that need a look, one at a time or many at once, and what was decided."""

import streamlit as st

from pages.catalogue.review.attempt import show_problem
from pages.catalogue.review.choice import choose_origin
from pages.catalogue.review.origin import Origin
from pages.catalogue.review.product import show_product
from pages.catalogue.review.table import show_table
from pages.shared.limit import choose_limit
from pages.shared.part import part
from pages.shared.pickers import choose_domain, show_view
from rakuten_core.language import N_, _, number
from rakuten_core.review.export import corrections_csv
from rakuten_core.review.queue import Order, Wanted
from rakuten_core.taxonomy import codes_of

_ORDERS: dict[Order, str] = {
    "uncertain": N_("Most uncertain first"),
    "damage": N_("Most damage first"),
    "type": N_("By type"),
}


def _show_decided(origin: Origin, wanted: Wanted) -> None:
    progress = origin.queue.progress(wanted)
    st.progress(
        progress.decided / progress.wanted if progress.wanted else 1.0,
        _("{decided} of {wanted} decided, {corrected} of them corrected").format(
            decided=number(progress.decided),
            wanted=number(progress.wanted),
            corrected=number(progress.corrected),
        ),
    )


def _choose_wanted() -> tuple[Wanted, Order]:
    """Show the filters, and return what is to be looked at, in which order."""
    with st.expander(_("What to look at, and in which order"), icon=":material/tune:"):
        limit = choose_limit()
        order: Order = st.segmented_control(
            _("Order"),
            list(_ORDERS),
            format_func=lambda each: _(_ORDERS[each]),
            default="uncertain",
            required=True,
            key="review-order",
            bind="query-params",
            help=_(
                "Damage: how likely the product stands in the wrong domain of the shop, where "
                "nobody looks for it."
            ),
        )
        domain = choose_domain("review-domain")
        st.caption(
            _(
                "Looked at is what is below the limit, where text and photo disagree, and where "
                "the type that the file gives is not the answer."
            )
        )
    return Wanted(limit / 100, tuple(codes_of(domain)) if domain else ()), order


@part
def _show_queue(origin: Origin) -> None:
    """Show the queue; a decision draws it anew, not the menu around it."""
    reviewer = st.text_input(
        _("Your name"),
        key="reviewer",
        max_chars=60,
        help=_("Written beside each of your decisions."),
    ).strip()
    if not reviewer:
        st.info(_("Enter your name to start."), icon=":material/person:")
        return
    wanted, order = _choose_wanted()
    show_problem()
    _show_decided(origin, wanted)
    show_view(
        {
            N_("One at a time"): lambda: show_product(origin, reviewer, wanted, order),
            N_("Table"): lambda: show_table(origin, reviewer, wanted),
        }
    )
    st.download_button(
        _("Download the decisions"),
        lambda: corrections_csv(origin.queue),
        "corrections.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        help=_("In the challenge's Y layout, with who, when, before and after."),
    )
    st.caption(
        _("To learn from them: `python -m rakuten_core train --corrections corrections.csv`")
    )


st.title(_("Review"))
origin = choose_origin()
if origin is not None:
    _show_queue(origin)
