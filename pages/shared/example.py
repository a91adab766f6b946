"""The product at work: one example, what it is taken for, and why."""

import streamlit as st

from pages.shared.loaders import load_classifier
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference import Classification, Explanation
from rakuten_core.language import _
from rakuten_core.presentation.charts import chance
from rakuten_core.presentation.markdown import weights_as_markdown
from rakuten_core.reports.examples import Example, example

SHOWN = "Cushion cover"


@st.cache_resource(show_spinner=False)
def _answered() -> tuple[Example, Classification, Explanation]:
    """Return the example with its answer; it is the same for all sessions."""
    shown = example(SHOWN)
    picture = decode_image(shown.picture) if shown.picture else None
    return shown, *load_classifier().classify_and_explain(shown.title, shown.description, picture)


def show_example() -> None:
    """Show one product, what it is taken for, and why."""
    shown, answer, explanation = _answered()
    with st.container(border=True):
        photo, text, verdict = st.columns([2, 4, 3], gap="medium", vertical_alignment="center")
        if shown.picture:
            photo.image(shown.picture, alt=shown.name)
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
            st.markdown(f"### {answer.best.product_type.label}")
            st.markdown(
                _("Code **{code}**, sure to **{probability}**").format(
                    code=answer.best.product_type.code,
                    probability=chance(answer.best.probability),
                )
            )
