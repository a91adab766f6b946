"""Why: which words and which places of the photo decided, and what would change the answer."""

import streamlit as st

from pages.classify.answer import Answer
from pages.classify.words import show_words
from pages.shared.loaders import report
from pages.shared.part import part
from pages.shared.pickers import PLOT
from pages.what_if.product import what_if_button
from rakuten_core.inference import Explanation
from rakuten_core.language import _, number, percent, signed
from rakuten_core.presentation.charts import contributions_chart
from rakuten_core.reports.explanation_facts import deletion_facts
from rakuten_core.taxonomy import PRODUCT_TYPES


@part
def show_reasons(answer: Answer) -> None:
    """Show the reasons of one answer, if there is one."""
    explanation = answer.explanation
    if explanation is None:
        return
    best = PRODUCT_TYPES[explanation.best]
    st.subheader(_("Why"), anchor=False)
    if explanation.text is not None:
        show_words(answer, explanation, explanation.text)
    if explanation.photo is not None:
        st.image(
            explanation.photo,
            width=260,
            alt=_("The photo, coloured where it speaks for {answer}").format(answer=best.label),
        )
        st.caption(
            _(
                "The warmer a place, the more it speaks for what the answer is; grey places do "
                "not. The class activation map of `{model}`."
            ).format(model=explanation.image_model)
        )
        if measured := report(deletion_facts):
            st.caption(
                _(
                    "Do these places matter? On {products} test photos, covering the warmest fifth "
                    "cost more than covering a fifth at random in {share} of the cases."
                ).format(
                    products=number(measured["photo"]["products"]),
                    share=percent(measured["photo"]["costs_more"], 0),
                )
            )
    _show_contributions(explanation)
    what_if_button(answer.title, answer.description, answer.photo)


def _show_contributions(explanation: Explanation) -> None:
    """Show what text and photo each added, where both were asked."""
    best, second = PRODUCT_TYPES[explanation.best], PRODUCT_TYPES[explanation.runner_up]
    if explanation.contributions is not None:
        added = explanation.contributions
        st.markdown(_("**How much each added to the decision** against the runner-up, in log-odds"))
        st.plotly_chart(
            contributions_chart(added.text, added.image, added.start, best.label, second.label),
            config=PLOT,
            alt=_("For {answer}, the text adds {text}, the photo {photo}.").format(
                answer=best.label, text=signed(added.text, 1), photo=signed(added.image, 1)
            ),
        )
