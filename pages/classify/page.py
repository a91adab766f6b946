"""Classify a product: its title, description and photo in, its product type out."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.classify.answer import answer_to
from pages.classify.form import choose_example, show_clear, show_form
from pages.classify.reasons import show_reasons
from pages.shared.loaders import load_classifier
from pages.shared.pickers import PLOT
from rakuten_core.inference import Classification, RankedType
from rakuten_core.presentation.charts import chance, ranking_chart

DEFAULT_THRESHOLD = 60
USED_WORDS = {"text": "the text", "image": "the photo", "both": "the text and the photo"}


def show_best(answer: Classification, threshold: int) -> None:
    """Show the category, how sure the model is, and what to do."""
    best = answer.best
    kind = best.product_type
    with st.container(border=True):
        left, right = st.columns([5, 3], vertical_alignment="center")
        with left:
            st.caption("Product type")
            st.subheader(kind.french, anchor=False)
            st.markdown(
                f"{kind.english}  \nCode **{kind.code}**, {kind.domain.french} "
                f"({kind.domain.english})"
            )
        with right:
            st.metric("Probability", chance(best.probability))
            if 100 * best.probability >= threshold:
                st.success(f"Above your limit of {threshold} %.", icon=":material/check_circle:")
            else:
                st.warning("Not sure: have it checked.", icon=":material/help:")


def show_opinion(
    column: DeltaGenerator, heading: str, ranking: tuple[RankedType, ...] | None, given: bool
) -> None:
    """Show what one input alone would say."""
    with column.container(border=True, height="stretch"):
        st.markdown(f"**{heading}**")
        if ranking is None:
            st.caption("Not needed: the text was sure enough." if given else "Not given")
            return
        for each in ranking[:3]:
            st.markdown(f"{each.product_type.french} **{chance(each.probability)}**")


def asked_in_turn(answer: Classification) -> str:
    """Return which stage decided, if there is more than one."""
    stages = load_classifier().stages
    if len(stages) == 1:
        return ""
    number = stages.index(answer.stages[-1]) + 1
    return f", decided by `{answer.stages[-1]}`, stage {number} of {len(stages)}"


st.title("Classify a product")
load_classifier()
choose_example()
# Above the form: on a phone the columns stand below each other, the answer would be far down.
verdict = st.container()
form, result = st.columns([5, 6], gap="large")
with form:
    title, description, photo = show_form()
    found = answer_to(title, description, photo)
    if found.image is not None:
        size = f"{found.image.width} x {found.image.height} pixels"
        st.image(found.image, caption=size, width=220)
    if found.image_error is not None:
        st.error(found.image_error, icon=":material/broken_image:")
    show_clear()

answer, explanation = found.classification, found.explanation
with result:
    if answer is None or explanation is None:
        verdict.info(
            "Write a title, add a photo, or pick an example: the product type appears here.",
            icon=":material/category:",
        )
        st.stop()
    st.plotly_chart(
        ranking_chart([(each.product_type, each.probability) for each in answer.ranking]),
        config=PLOT,
        alt="The five most likely product types with their probabilities",
    )
    text_column, image_column = st.columns(2)
    show_opinion(text_column, "The text alone", answer.text, given=False)
    show_opinion(image_column, "The photo alone", answer.image, found.image is not None)
    st.caption(
        f"Went by {USED_WORDS[answer.used]}, in {1000 * found.seconds:.0f} ms"
        f"{asked_in_turn(answer)}. Nothing is stored. "
        "Anything gets one of the 27 types, even what belongs to none."
    )
    threshold = st.slider(
        "Have it checked below a probability of",
        min_value=0,
        max_value=100,
        value=DEFAULT_THRESHOLD,
        format="%d %%",
        key="threshold",
        bind="query-params",
    )
    with verdict:
        show_best(answer, threshold)
        if explanation.text is not None and not explanation.text.knows_a_word:
            st.warning(
                "No word of this text is known from the catalogue: what it says is a guess.",
                icon=":material/help:",
            )
    show_reasons(explanation)
