"""What each word does to the answer, and what it adds in the linear model."""

import streamlit as st

from pages.classify.answer import Answer, influences_on
from pages.shared.loaders import report
from rakuten_core.inference import Explanation, TextExplanation, Word
from rakuten_core.language import N_, _, number, percent, signed
from rakuten_core.presentation.markdown import escape_markdown, weights_as_markdown
from rakuten_core.reports.explanation_facts import deletion_facts
from rakuten_core.taxonomy import PRODUCT_TYPES

WORD_VIEWS = {
    "whole": N_("The whole answer"),
    "difference": N_("Difference"),
    "best": N_("Answer"),
    "second": N_("Runner-up"),
}
_FIELDS = {"title": N_("Title"), "description": N_("Description")}


def show_influences(answer: Answer) -> None:
    """Show by how much the answer falls when a word is left out."""
    found = influences_on(answer)
    strongest = max((abs(piece.gain) for piece in found.pieces), default=0.0)
    for field, label in _FIELDS.items():
        name = _(label)
        pieces = [(each.text, each.gain) for each in found.pieces if each.field == field]
        if pieces:
            marked = weights_as_markdown(pieces, strongest=strongest)
            st.markdown(f":small[{name}]  \n{marked}")
    st.caption(
        _(
            "Orange speaks for the answer, blue against it: by how much its log-odds fall, or "
            "rise, when `{stage}` is asked again without the word, {most} at most."
        ).format(stage=found.stage, most=signed(strongest, 1))
    )
    if measured := report(deletion_facts):
        st.caption(
            _(
                "Do these words matter? On {products} test products, leaving out the three "
                "strongest cost more than three drawn at random in {share} of the cases."
            ).format(
                products=number(measured["words"]["products"]),
                share=percent(measured["words"]["costs_more"], 0),
            )
        )
    if found.by_sentence:
        st.caption(
            _("Long texts are left out sentence by sentence: {fields}.").format(
                fields=", ".join(_(_FIELDS[field]) for field in found.by_sentence)
            )
        )


def show_words(answer: Answer, explanation: Explanation, found: TextExplanation) -> None:
    """Show what each word adds to the answer and to the runner-up."""
    view = st.segmented_control(
        _("What each word adds to"),
        list(WORD_VIEWS),
        format_func=lambda view: _(WORD_VIEWS[view]),
        default="difference",
        required=True,
        key="words",
    )
    if view == "whole":
        show_influences(answer)
        return
    _show_weights(explanation, found, view)


def _show_weights(explanation: Explanation, found: TextExplanation, view: str) -> None:
    """Show what each word adds in the linear model: exact, and of one model only."""
    best, second = PRODUCT_TYPES[explanation.best], PRODUCT_TYPES[explanation.runner_up]

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
