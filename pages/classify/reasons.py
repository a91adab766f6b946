"""Why: which words and which places of the photo decided, and what would change the answer."""

import streamlit as st

from pages.shared.pickers import PLOT
from rakuten_core.inference import Explanation, TextExplanation, Word
from rakuten_core.presentation.charts import contributions_chart
from rakuten_core.presentation.markdown import escape_markdown, weights_as_markdown
from rakuten_core.taxonomy import PRODUCT_TYPES

WORD_VIEWS = {"difference": "Difference", "best": "Answer", "second": "Runner-up"}


def _show_words(explanation: Explanation, found: TextExplanation) -> None:
    """Show what each word adds to the answer and to the runner-up."""
    best, second = PRODUCT_TYPES[explanation.best], PRODUCT_TYPES[explanation.runner_up]
    view = st.segmented_control(
        "What each word adds to",
        list(WORD_VIEWS),
        format_func=WORD_VIEWS.__getitem__,
        default="difference",
        required=True,
        key="words",
    )

    def weight(word: Word) -> float:
        for_best = word.contributions[explanation.best]
        for_second = word.contributions[explanation.runner_up]
        return {"difference": for_best - for_second, "best": for_best, "second": for_second}[view]

    strongest = max((abs(weight(word)) for word in (*found.title, *found.description)), default=0)
    for name, words in (("Title", found.title), ("Description", found.description)):
        if words:
            marked = weights_as_markdown(
                ((word.text, weight(word)) for word in words), strongest=strongest
            )
            st.markdown(f":small[{name}]  \n{marked}")
    meaning = {
        "difference": f"Orange speaks for {best.french}, blue for {second.french}",
        "best": f"Orange speaks for {best.french}, blue against it",
        "second": f"Orange speaks for {second.french}, blue against it",
    }[view]
    st.caption(
        f"{meaning}, bold strongly. Exactly what each word adds to the scores of "
        f"`{explanation.text_model}`, one of the models that the answer rests on."
    )
    if found.difference(explanation.best, explanation.runner_up) < 0:
        st.markdown(
            f"By its words alone, `{explanation.text_model}` leans to {second.french}: the answer "
            "rests on the other models."
        )
    st.markdown(f"**What would change the answer:** the nearest other one is {second.french}.")
    pulls = found.strongest(explanation.runner_up, explanation.best)
    if pulls:
        st.markdown(f"Words that pull to it: {', '.join(escape_markdown(word) for word in pulls)}.")


def show_reasons(explanation: Explanation) -> None:
    """Show the reasons of one answer."""
    best, second = PRODUCT_TYPES[explanation.best], PRODUCT_TYPES[explanation.runner_up]
    st.subheader("Why", anchor=False)
    if explanation.text is not None:
        _show_words(explanation, explanation.text)
    if explanation.photo is not None:
        st.image(explanation.photo, width=260)
        st.caption(
            f"The warmer a place, the more it speaks for what the answer is; grey places do not. "
            f"The class activation map of `{explanation.image_model}`."
        )
    if explanation.contributions is not None:
        added = explanation.contributions
        st.markdown("**How much each added to the decision** against the runner-up, in log-odds")
        st.plotly_chart(
            contributions_chart(added.text, added.image, added.start, best.french, second.french),
            config=PLOT,
            alt="How much text and photo added to the decision",
        )
