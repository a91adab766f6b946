"""Classify a product: its title, description and photo in, its product type out."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.classify.answer import Answer, answer_to
from pages.classify.familiar import warn_if_far
from pages.classify.form import choose_example, show_clear, show_form
from pages.classify.reasons import show_reasons
from pages.classify.result import show_best, show_disagreement, show_opinion, show_went_by
from pages.classify.similar import show_similar
from pages.shared.limit import choose_limit
from pages.shared.loaders import load_classifier
from pages.shared.part import part
from pages.shared.pickers import PLOT
from rakuten_core.language import _, listing
from rakuten_core.presentation.charts import chance, ranking_chart
from rakuten_core.presentation.markdown import escape_markdown


def _show_answer(found: Answer, verdict: DeltaGenerator) -> None:
    """Show the answer, how sure it is and why; the verdict goes into its own place."""
    answer, explanation = found.classification, found.explanation
    if answer is None or explanation is None:
        verdict.info(
            _("Write a title, add a photo, or pick an example: the product type appears here."),
            icon=":material/category:",
        )
        return
    st.plotly_chart(
        ranking_chart([(each.product_type, each.probability) for each in answer.ranking]),
        config=PLOT,
        alt=_("Most likely: {types}.").format(
            types=listing(
                [
                    f"{each.product_type.label} {chance(each.probability)}"
                    for each in answer.ranking[:3]
                ]
            )
        ),
    )
    text_column, image_column = st.columns(2)
    show_opinion(text_column, _("The text alone"), answer.text, given=False)
    show_opinion(image_column, _("The photo alone"), answer.image, found.image is not None)
    show_went_by(answer, found.seconds)
    threshold = choose_limit()
    with verdict:
        above = st.container()
        far = warn_if_far(found)
        with above:
            show_best(answer, threshold, far)
        if answer.disagreement is not None:
            show_disagreement(*answer.disagreement, found.content)
        if explanation.text is not None and not explanation.text.knows_a_word:
            st.warning(
                _("No word of this text is known from the catalogue: what it says is a guess."),
                icon=":material/help:",
            )
    show_reasons(found)


@part
def _classify() -> None:
    """Show form and answer; another title draws them anew, not the menu around them."""
    choose_example()
    # Above the form: on a phone the columns stand below each other, the answer would be far down.
    verdict = st.container()
    form, result = st.columns([5, 6], gap="large")
    with form:
        title, description, photo = show_form()
        found = answer_to(title, description, photo)
        if found.image is not None:
            width, height = found.image_size
            size = _("{width} x {height} pixels").format(width=width, height=height)
            st.image(found.image, caption=size, width=220, alt=_("The photo to classify"))
        if found.image_error is not None:
            # A photo that lacks its end is answered from all the same.
            tell = st.error if found.image is None else st.warning
            tell(escape_markdown(found.image_error), icon=":material/broken_image:")
        show_clear()
    with result:
        _show_answer(found, verdict)
    show_similar(found)


st.title(_("Classify a product"))
load_classifier()
_classify()
