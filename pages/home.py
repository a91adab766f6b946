"""Home: the product at work, the figures that matter, where to go."""

import streamlit as st

from pages.shared.loaders import load_classifier, report
from rakuten_core.api.stage import ADDRESS
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference import Classification, Explanation
from rakuten_core.language import _, decimal, language, number, percent
from rakuten_core.presentation.charts import chance
from rakuten_core.presentation.markdown import weights_as_markdown
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.examples import Example, examples
from rakuten_core.reports.saved_answers import model_facts
from rakuten_core.taxonomy import PRODUCT_TYPES

SHOWN = "Cushion cover"


@st.cache_resource(show_spinner=False)
def _answered() -> tuple[Example, Classification, Explanation]:
    """Return the example of this page with its answer; it is the same for all sessions."""
    known = {each.key: each for each in examples()}
    example = known[SHOWN]
    picture = decode_image(example.picture) if example.picture else None
    return example, *load_classifier().classify_and_explain(
        example.title, example.description, picture
    )


def show_example() -> None:
    """Show one product, what it is taken for, and why."""
    example, answer, explanation = _answered()
    with st.container(border=True):
        photo, text, verdict = st.columns([2, 4, 3], gap="medium", vertical_alignment="center")
        if example.picture:
            photo.image(example.picture)
        with text:
            st.caption(_("A title and a photo come in"))
            if explanation.text is not None:
                marked = weights_as_markdown(
                    (word.text, word.contributions[explanation.best])
                    for word in explanation.text.title
                )
                st.markdown(f"#### {marked}")
            st.caption(_("The warmer a word, the more it speaks for the answer."))
        with verdict:
            st.caption(_("The product type comes out"))
            best = answer.best
            st.markdown(f"### {best.product_type.label}")
            st.markdown(
                _("Code **{code}**, sure to **{probability}**").format(
                    code=best.product_type.code, probability=chance(best.probability)
                )
            )


def show_figures() -> None:
    """Show how well it works."""
    manifest, metrics = report(model_facts, ANSWERING)
    both, everything = metrics.get("with_both", metrics["all"]), metrics["all"]
    low, high = both["weighted_f1_interval"]
    rows = manifest["split"]["rows"]
    columns = st.columns(3)
    columns[0].metric(
        _("Weighted F1, text and photo"),
        decimal(both["weighted_f1"], 3),
        border=True,
        help=_(
            "The challenge's measure: F1 of each product type, weighted by its number of products."
        ),
    )
    columns[1].metric(
        _("Right type among the first three"), percent(both["top3_accuracy"]), border=True
    )
    columns[2].metric(
        _("Products to learn from"), number(rows["train"] + rows["validation"]), border=True
    )
    st.caption(
        _(
            "Measured on {rows} test products with text and photo that the models never saw "
            "(95% interval of weighted F1: {low} to {high}). On all {all_rows} test products, "
            "those without text or photo included, it is {score}."
        ).format(
            rows=number(both["rows"]),
            low=decimal(low, 3),
            high=decimal(high, 3),
            all_rows=number(everything["rows"]),
            score=decimal(everything["weighted_f1"], 3),
        )
    )


def show_doors() -> None:
    """Show where to go from here."""
    try_it, understand, present = st.columns(3)
    with try_it.container(border=True, height="stretch"):
        st.markdown(f"**:material/label: {_('Try')}**")
        st.write(_("Give a title, a photo or both, and see what it is and why."))
        if st.button(_("Classify a product"), type="primary"):
            st.switch_page("classify/page.py")
    with understand.container(border=True, height="stretch"):
        st.markdown(f"**:material/leaderboard: {_('Understand')}**")
        st.write(_("What the catalogue is like, how the models compare, where they err."))
        if st.button(_("Compare models")):
            st.switch_page("models/compare/page.py")
    with present.container(border=True, height="stretch"):
        st.markdown(f"**:material/slideshow: {_('Present')}**")
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
