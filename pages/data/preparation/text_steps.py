"""The ten steps on a text of the user's own."""

import streamlit as st

from pages.shared.loaders import load_examples
from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError
from rakuten_core.presentation.markdown import changes_as_markdown, escape_markdown
from rakuten_core.reports.text_statistics import vocabulary
from rakuten_core.text.changes import changes
from rakuten_core.text.language import LANGUAGE_NAMES, detect_language
from rakuten_core.text.preparation import StepResult, Vocabulary, trace

GOLDEN = ("Une table très jolie!", "Dimensions : 60 x 33 cm")
MOST_CHARACTERS = 3000


@st.cache_resource(show_spinner="Reading the vocabulary")
def _vocabulary() -> Vocabulary | None:
    """Return the vocabulary of the real texts, or None where it has not been computed."""
    try:
        return vocabulary(Assets())
    except AssetError:
        return None


def _choose_text() -> tuple[str, str]:
    """Show the examples and the fields, and return title and description."""
    examples = {"The study's example": GOLDEN} | {
        each.name: (each.title, each.description) for each in load_examples() if each.title
    }

    def take_example() -> None:
        # A second click on a pill takes the choice back, not what has been written since.
        if st.session_state.raw_example in examples:
            title, description = examples[st.session_state.raw_example]
            st.session_state.update(raw_title=title, raw_description=description)

    if "raw_title" not in st.session_state:
        st.session_state.update(raw_title=GOLDEN[0], raw_description=GOLDEN[1])
    st.pills("Try an example", list(examples), key="raw_example", on_change=take_example)
    left, right = st.columns(2)
    title = left.text_input("Title", key="raw_title", max_chars=500)
    description = right.text_area(
        "Description", key="raw_description", height=80, max_chars=MOST_CHARACTERS
    )
    return title, description


def _show_step(number: int, step: StepResult, before: str) -> None:
    with st.container(border=True):
        changed = step.text != before
        state = "" if changed or number == 1 else " :gray[changes nothing here]"
        st.markdown(f"**{number}. {step.label}**{state}")
        if number == 1:
            st.markdown(escape_markdown(step.text))
        elif changed:
            st.markdown(changes_as_markdown(changes(before, step.text)) or ":gray[nothing left]")


def _show_tokens(number: int, words: list[str], known: Vocabulary | None) -> None:
    with st.container(border=True):
        st.markdown(f"**{number}. Vectorise with a tokenizer**")
        if known is None:
            st.caption("The vocabulary comes with the text statistics, which are not there.")
            return
        table = [
            {
                "Token": word,
                "Index": known.index(word),
                "Times in the real texts": f"{known.counts.get(word, 0):,}",
                "Known": "yes" if known.index(word) else "out of vocabulary",
            }
            for word in words
        ]
        # Half a row shows at the end of a long table: there is more below.
        st.table(table, border="horizontal", height=265 if len(table) > 7 else "content")
        st.caption(
            f"The vocabulary: {len(known):,} stems, numbered from the most frequent; words that "
            "fewer than five products hold are out of it."
        )


def show_text_steps() -> None:
    """Show what each step makes of the text."""
    title, description = _choose_text()
    known = _vocabulary()
    steps = [step for step in trace(title, description, known) if step.indexes is None]
    if not steps[0].text:
        st.info("Write a title or a description: each step shows here.")
        return
    language = detect_language(steps[0].text)
    if language.code is not None:
        st.markdown(
            f"**{LANGUAGE_NAMES[language.code]}**, sure to {language.confidence:.0%}. "
            "Translation to French is off in the app; French or not, the text goes on as it is."
        )
    before = ""
    for number, step in enumerate(steps, start=1):
        _show_step(number, step, before)
        before = step.text
    _show_tokens(len(steps) + 1, before.split(), known)
    st.caption("Struck through: removed. Bold: added.")
