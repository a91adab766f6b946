"""Classify a product: its title, description and photo in, its product type out."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.classify.answer import answer_to
from pages.classify.form import choose_example, show_clear, show_form
from pages.classify.reasons import show_reasons
from pages.shared.loaders import load_classifier
from pages.shared.pickers import PLOT
from rakuten_core.inference import Classification, RankedType
from rakuten_core.language import _, number, percent, percent_format
from rakuten_core.presentation.charts import chance, ranking_chart

DEFAULT_THRESHOLD = 60
USED_WORDS = {"text": _("the text"), "image": _("the photo"), "both": _("the text and the photo")}


def show_best(answer: Classification, threshold: int) -> None:
    """Show the category, how sure the model is, and what to do."""
    best = answer.best
    kind = best.product_type
    with st.container(border=True):
        left, right = st.columns([5, 3], vertical_alignment="center")
        with left:
            st.caption(_("Product type"))
            st.subheader(kind.label, anchor=False)
            st.markdown(
                _("Code **{code}**, {domain}").format(code=kind.code, domain=kind.domain.label)
            )
        with right:
            st.metric(_("Probability"), chance(best.probability))
            if 100 * best.probability >= threshold:
                st.success(
                    _("Above your limit of {threshold}.").format(
                        threshold=percent(threshold / 100, 0)
                    ),
                    icon=":material/check_circle:",
                )
            else:
                st.warning(_("Not sure: have it checked."), icon=":material/help:")


def show_disagreement(text: RankedType, image: RankedType, content: str) -> None:
    """Say that text and photo disagree, and let a person decide.

    Args:
        text: what the text alone says.
        image: what the photo alone says.
        content: of the form: another product is another question.
    """
    st.warning(
        _(
            "The photo says {photo}, {photo_probability}, the text {text}, {text_probability}: "
            "have it checked."
        ).format(
            photo=f"**{image.product_type.label}**",
            photo_probability=chance(image.probability),
            text=f"**{text.product_type.label}**",
            text_probability=chance(text.probability),
        ),
        icon=":material/call_split:",
    )
    kinds = {each.product_type.code: each.product_type for each in (text, image)}
    chosen = st.segmented_control(
        _("Which one is it?"),
        list(kinds),
        format_func=lambda code: f"{kinds[code].label} ({code})",
        key=f"decision-{content}",
    )
    if chosen is not None:
        st.success(
            _("You decided: {type}, code {code}.").format(
                type=kinds[chosen].label, code=kinds[chosen].code
            ),
            icon=":material/check_circle:",
        )


def show_opinion(
    column: DeltaGenerator, heading: str, ranking: tuple[RankedType, ...] | None, given: bool
) -> None:
    """Show what one input alone would say."""
    with column.container(border=True, height="stretch"):
        st.markdown(f"**{heading}**")
        if ranking is None:
            st.caption(_("Not needed: the text was sure enough.") if given else _("Not given"))
            return
        for each in ranking[:3]:
            st.markdown(f"{each.product_type.label} **{chance(each.probability)}**")


def asked_in_turn(answer: Classification) -> str:
    """Return which stage decided, if there is more than one."""
    stages = load_classifier().stages
    if len(stages) == 1:
        return ""
    number = stages.index(answer.stages[-1]) + 1
    return _(", decided by `{stage}`, stage {number} of {count}").format(
        stage=answer.stages[-1], number=number, count=len(stages)
    )


st.title(_("Classify a product"))
load_classifier()
choose_example()
# Above the form: on a phone the columns stand below each other, the answer would be far down.
verdict = st.container()
form, result = st.columns([5, 6], gap="large")
with form:
    title, description, photo = show_form()
    found = answer_to(title, description, photo)
    if found.image is not None:
        size = _("{width} x {height} pixels").format(
            width=found.image.width, height=found.image.height
        )
        st.image(found.image, caption=size, width=220)
    if found.image_error is not None:
        st.error(found.image_error, icon=":material/broken_image:")
    show_clear()

answer, explanation = found.classification, found.explanation
with result:
    if answer is None or explanation is None:
        verdict.info(
            _("Write a title, add a photo, or pick an example: the product type appears here."),
            icon=":material/category:",
        )
        st.stop()
    st.plotly_chart(
        ranking_chart([(each.product_type, each.probability) for each in answer.ranking]),
        config=PLOT,
        alt=_("The five most likely product types with their probabilities"),
    )
    text_column, image_column = st.columns(2)
    show_opinion(text_column, _("The text alone"), answer.text, given=False)
    show_opinion(image_column, _("The photo alone"), answer.image, found.image is not None)
    st.caption(
        _(
            "Went by {inputs}, in {seconds} ms{stage}. Nothing is stored. Anything gets one of "
            "the 27 types, even what belongs to none."
        ).format(
            inputs=USED_WORDS[answer.used],
            seconds=number(1000 * found.seconds),
            stage=asked_in_turn(answer),
        )
    )
    threshold = st.slider(
        _("Have it checked below a probability of"),
        min_value=0,
        max_value=100,
        value=DEFAULT_THRESHOLD,
        format=percent_format(),
        key="threshold",
        bind="query-params",
    )
    with verdict:
        show_best(answer, threshold)
        if answer.disagreement is not None:
            show_disagreement(*answer.disagreement, found.content)
        if explanation.text is not None and not explanation.text.knows_a_word:
            st.warning(
                _("No word of this text is known from the catalogue: what it says is a guess."),
                icon=":material/help:",
            )
    show_reasons(explanation)
