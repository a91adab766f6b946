"""Why: which words and which places of the photo decided, and what would change the answer."""

import streamlit as st

from pages.shared.part import part
from pages.shared.pickers import PLOT
from rakuten_core.inference import Explanation, TextExplanation, Word
from rakuten_core.language import N_, _, signed
from rakuten_core.presentation.charts import contributions_chart
from rakuten_core.presentation.markdown import escape_markdown, weights_as_markdown
from rakuten_core.taxonomy import PRODUCT_TYPES

WORD_VIEWS = {"difference": N_("Difference"), "best": N_("Answer"), "second": N_("Runner-up")}


def _show_words(explanation: Explanation, found: TextExplanation) -> None:
    """Show what each word adds to the answer and to the runner-up."""
    best, second = PRODUCT_TYPES[explanation.best], PRODUCT_TYPES[explanation.runner_up]
    view = st.segmented_control(
        _("What each word adds to"),
        list(WORD_VIEWS),
        format_func=lambda view: _(WORD_VIEWS[view]),
        default="difference",
        required=True,
        key="words",
    )

    def weight(word: Word) -> float:
        for_best = word.contributions[explanation.best]
        for_second = word.contributions[explanation.runner_up]
        return {"difference": for_best - for_second, "best": for_best, "second": for_second}[view]

    strongest = max((abs(weight(word)) for word in (*found.title, *found.description)), default=0)
    for name, words in ((_("Title"), found.title), (_("Description"), found.description)):
        if words:
            marked = weights_as_markdown(
                ((word.text, weight(word)) for word in words), strongest=strongest
            )
            st.markdown(f":small[{name}]  \n{marked}")
    meaning = {
        "difference": _("Orange speaks for {answer}, blue for {other}").format(
            answer=best.label, other=second.label
        ),
        "best": _("Orange speaks for {answer}, blue against it").format(answer=best.label),
        "second": _("Orange speaks for {answer}, blue against it").format(answer=second.label),
    }[view]
    st.caption(
        _(
            "{meaning}, bold strongly. Exactly what each word adds to the scores of `{model}`, "
            "one of the models that the answer rests on."
        ).format(meaning=meaning, model=explanation.text_model)
    )
    if found.difference(explanation.best, explanation.runner_up) < 0:
        st.markdown(
            _(
                "By its words alone, `{model}` leans to {other}: the answer rests on the other "
                "models."
            ).format(model=explanation.text_model, other=second.label)
        )
    st.markdown(
        _("**What would change the answer:** the nearest other one is {other}.").format(
            other=second.label
        )
    )
    pulls = found.strongest(explanation.runner_up, explanation.best)
    if pulls:
        st.markdown(
            _("Words that pull to it: {words}.").format(
                words=", ".join(escape_markdown(word) for word in pulls)
            )
        )


@part
def show_reasons(explanation: Explanation) -> None:
    """Show the reasons of one answer."""
    best, second = PRODUCT_TYPES[explanation.best], PRODUCT_TYPES[explanation.runner_up]
    st.subheader(_("Why"), anchor=False)
    if explanation.text is not None:
        _show_words(explanation, explanation.text)
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
