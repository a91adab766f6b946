"""Home: the product at work, the figures that matter, where to go."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.example import show_example
from pages.shared.loaders import report
from rakuten_core.api.stage import ADDRESS
from rakuten_core.language import _, decimal, language, number, percent
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.saved_answers import model_facts
from rakuten_core.taxonomy import PRODUCT_TYPES


def show_figures() -> None:
    """Show how well it works."""
    manifest, metrics = report(model_facts, ANSWERING)
    both, everything = metrics.get("with_both", metrics["all"]), metrics["all"]
    rows = manifest["split"]["rows"]
    quality, first_three, learnt = st.columns(3)
    quality.metric(
        _("Weighted F1"),
        decimal(both["weighted_f1"], 3),
        border=True,
        help=_(
            "The challenge's measure: F1 of each product type, weighted by its number of products."
        ),
    )
    first_three.metric(_("Right in the first three"), percent(both["top3_accuracy"]), border=True)
    learnt.metric(
        _("Products to learn from"), number(rows["train"] + rows["validation"]), border=True
    )
    st.caption(
        _(
            "Measured on {rows} test products with text and photo that the models never saw "
            "(95% interval of weighted F1: {low} to {high}). On all {all_rows} test products, "
            "those without text or photo included, it is {score}."
        ).format(
            rows=number(both["rows"]),
            low=decimal(both["weighted_f1_interval"][0], 3),
            high=decimal(both["weighted_f1_interval"][1], 3),
            all_rows=number(everything["rows"]),
            score=decimal(everything["weighted_f1"], 3),
        )
    )


def _door(column: DeltaGenerator, icon: str, name: str) -> DeltaGenerator:
    door = column.container(border=True, height="stretch")
    door.markdown(f"**:material/{icon}: {name}**")
    return door


def show_doors() -> None:
    """Show where to go from here."""
    try_it, work, understand, present = st.columns(4)
    with _door(try_it, "label", _("Try")):
        st.write(_("Give a title, a photo or both, and see what it is and why."))
        if st.button(_("Classify a product"), type="primary"):
            st.switch_page("classify/page.py")
    with _door(work, "table_view", _("Work")):
        st.write(_("A whole catalogue: its types, what to check, and a file back."))
        if st.button(_("Classify a catalogue")):
            st.switch_page("catalogue/classify/page.py")
    with _door(understand, "leaderboard", _("Understand")):
        st.write(_("What the catalogue is like, how the models compare, where they err."))
        if st.button(_("Compare models")):
            st.switch_page("models/compare/page.py")
    with _door(present, "slideshow", _("Present")):
        st.write(_("A talk for those who decide, on the screen or as a file."))
        st.link_button(_("Open the stage"), f"{ADDRESS}?lang={language()}")


st.title(_("Which shelf does this product belong on?"))
st.markdown(
    _(
        "Rakuten France lists products by the million, and each needs one of **{count} product "
        "types**. This app reads a French title, a description and a photo, and names the type, "
        "how sure it is, and why."
    ).format(count=len(PRODUCT_TYPES))
)
show_example()
show_figures()
show_doors()
