"""What the classifier says: the type, how sure it is, and what each input alone would say."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.loaders import load_classifier
from rakuten_core.inference import Classification, RankedType
from rakuten_core.language import _, number, percent
from rakuten_core.presentation.charts import chance


def show_best(answer: Classification, threshold: int, far: bool) -> None:
    """Show the category, how sure the model is, and what to do.

    Args:
        answer: of the classifier.
        threshold: percentage from which on an answer needs no look.
        far: whether the product is unlike all that was learnt from: it needs a look anyway.
    """
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
            if far:
                st.warning(_("Unlike what was learnt: have it checked."), icon=":material/help:")
            elif 100 * best.probability >= threshold:
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
    return _(", decided by `{stage}`, stage {number} of {count}").format(
        stage=answer.stages[-1], number=stages.index(answer.stages[-1]) + 1, count=len(stages)
    )


def show_went_by(answer: Classification, seconds: float) -> None:
    """Say what the answer went by, how long it took, and which stage decided."""
    inputs = {"text": _("the text"), "image": _("the photo"), "both": _("the text and the photo")}
    st.caption(
        _(
            "Went by {inputs}, in {seconds} ms{stage}. Nothing is stored. Anything gets one of "
            "the 27 types, even what belongs to none."
        ).format(
            inputs=inputs[answer.used],
            seconds=number(1000 * seconds),
            stage=asked_in_turn(answer),
        )
    )
