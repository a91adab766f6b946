"""The ten steps on a text of the user's own."""

import streamlit as st

from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError
from rakuten_core.language import _, language_name, number, percent
from rakuten_core.presentation.markdown import changes_as_markdown, escape_markdown
from rakuten_core.reports.examples import examples
from rakuten_core.reports.text_statistics import vocabulary
from rakuten_core.text.changes import changes
from rakuten_core.text.language import detect_language
from rakuten_core.text.preparation import StepResult, Vocabulary, trace

GOLDEN = ("Une table très jolie!", "Dimensions : 60 x 33 cm")
MOST_CHARACTERS = 3000


@st.cache_resource(show_spinner=False)
def _vocabulary() -> Vocabulary | None:
    """Return the vocabulary of the real texts, or None where it has not been computed."""
    try:
        return vocabulary(Assets())
    except AssetError:
        return None


def _choose_text() -> tuple[str, str]:
    """Show the examples and the fields, and return title and description."""
    texts = {"golden": GOLDEN}
    names = {"golden": _("The study's example")}
    for each in examples():
        if each.title:
            texts[each.key] = (each.title, each.description)
            names[each.key] = each.name

    def take_example() -> None:
        # A second click on a pill takes the choice back, not what has been written since.
        if st.session_state.raw_example in texts:
            title, description = texts[st.session_state.raw_example]
            st.session_state.update(raw_title=title, raw_description=description)

    if "raw_title" not in st.session_state:
        st.session_state.update(raw_title=GOLDEN[0], raw_description=GOLDEN[1])
    st.pills(
        _("Try an example"),
        list(texts),
        format_func=names.__getitem__,
        key="raw_example",
        on_change=take_example,
    )
    left, right = st.columns(2)
    title = left.text_input(_("Title"), key="raw_title", max_chars=500)
    description = right.text_area(
        _("Description"), key="raw_description", height=80, max_chars=MOST_CHARACTERS
    )
    return title, description


def _show_step(number: int, step: StepResult, before: str) -> None:
    with st.container(border=True):
        changed = step.text != before
        state = "" if changed or number == 1 else f" :gray[{_('changes nothing here')}]"
        st.markdown(f"**{number}. {_(step.label)}**{state}")
        if number == 1:
            st.markdown(escape_markdown(step.text))
        elif changed:
            marked = changes_as_markdown(changes(before, step.text))
            st.markdown(marked or f":gray[{_('nothing left')}]")


def _show_tokens(step: int, words: list[str], known: Vocabulary | None) -> None:
    with st.container(border=True):
        st.markdown(f"**{step}. {_('Vectorise with a tokenizer')}**")
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
    title, description = _choose_text()
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
