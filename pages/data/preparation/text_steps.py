"""The ten steps on a text of the user's own."""

import streamlit as st

from pages.data.preparation.text_form import choose_text
from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError
from rakuten_core.language import _, language_name, number, percent
from rakuten_core.presentation.markdown import changes_as_markdown, escape_markdown
from rakuten_core.reports.text_statistics import vocabulary
from rakuten_core.text.changes import changes
from rakuten_core.text.language_detection import detect_language
from rakuten_core.text.preparation import StepResult, Vocabulary, trace


@st.cache_resource(show_spinner=False)
def _vocabulary() -> Vocabulary | None:
    """Return the vocabulary of the real texts, or None where it has not been computed."""
    try:
        return vocabulary(Assets())
    except AssetError:
        return None


def _show_step(number: int, step: StepResult, before: str) -> None:
    with st.container(border=True):
        changed = step.text != before
        heading = f"**{number}. " + _(step.label) + "**"
        if not changed and number > 1:
            heading += " :gray[" + _("changes nothing here") + "]"
        st.markdown(heading)
        if number == 1:
            st.markdown(escape_markdown(step.text))
        elif changed:
            marked = changes_as_markdown(changes(before, step.text))
            st.markdown(marked or ":gray[" + _("nothing left") + "]")


def _show_tokens(step: int, words: list[str], known: Vocabulary | None) -> None:
    with st.container(border=True):
        st.markdown(f"**{step}. " + _("Vectorise with a tokenizer") + "**")
        if known is None:
            st.caption(_("The vocabulary comes with the text statistics, which are not there."))
            return
        table = [
            {
                _("Token"): word,
                _("Index"): known.index(word),
                _("Times in the real texts"): number(known.counts.get(word, 0)),
                _("Known"): _("yes") if known.index(word) else _("out of vocabulary"),
            }
            for word in words
        ]
        # Half a row shows at the end of a long table: there is more below.
        st.table(table, border="horizontal", height=265 if len(table) > 7 else "content")
        st.caption(
            _(
                "The vocabulary: {stems} stems, numbered from the most frequent; words that fewer "
                "than five products hold are out of it."
            ).format(stems=number(len(known)))
        )


def show_text_steps() -> None:
    """Show what each step makes of the text."""
    title, description = choose_text()
    known = _vocabulary()
    steps = [step for step in trace(title, description, known) if step.indexes is None]
    if not steps[0].text:
        st.info(_("Write a title or a description: each step shows here."))
        return
    detected = detect_language(steps[0].text)
    if detected.code is not None:
        st.markdown(
            _(
                "**{language}**, sure to {confidence}. Translation to French is off in the app; "
                "French or not, the text goes on as it is."
            ).format(
                language=language_name(detected.code).capitalize(),
                confidence=percent(detected.confidence, 0),
            )
        )
    before = ""
    for position, step in enumerate(steps, start=1):
        _show_step(position, step, before)
        before = step.text
    _show_tokens(len(steps) + 1, before.split(), known)
    st.caption(_("Struck through: removed. Bold: added."))
