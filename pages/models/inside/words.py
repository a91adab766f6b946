"""Words: which speak for the same types, and on which the language model looks."""

import pandas as pd
import streamlit as st

from pages.shared.instruments import load_words
from pages.shared.loaders import load_classifier
from pages.shared.part import part
from pages.shared.tables import Column, show_table, two_decimals
from rakuten_core.data.products import Products
from rakuten_core.inference.influence import influences
from rakuten_core.inference.threads import one_blas_thread
from rakuten_core.language import N_, _, number, signed
from rakuten_core.presentation.charts import chance
from rakuten_core.presentation.markdown import weights_as_markdown
from rakuten_core.taxonomy import PRODUCT_TYPES
from rakuten_core.text.markup import has_text

_COLUMNS = {
    "word": Column(N_("Word"), width="medium"),
    "similarity": Column(N_("Similarity"), two_decimals, N_("Cosine, from -1 to 1")),
}
_WORD, _TITLE = "piscine", "Housse de coussin velours vert 45 x 45 cm"


def _show_nearest() -> None:
    words = load_words()
    st.subheader(_("Words for the same types"), anchor=False)
    st.markdown(
        _(
            "Naive Bayes learnt of each of {count} words how strongly it speaks for each type, "
            "from the catalogue alone. Words that speak for the same types are close."
        ).format(count=number(len(words)))
    )
    word = st.text_input(_("Word"), _WORD, key="inside-word", max_chars=60, live="500ms")
    found = words.nearest(word)
    if found is None:
        st.info(_("This word is not known. In the catalogue it stands too rarely."))
        return
    table = pd.DataFrame(
        {"word": [each.word for each in found], "similarity": [each.similarity for each in found]}
    )
    show_table(table, _COLUMNS)


def _show_looks() -> None:
    """Show what each word does to the language model's own answer."""
    encoder = load_classifier().encoder
    if encoder is None:
        return
    st.subheader(_("Where the language model looks"), anchor=False)
    title = st.text_input(_("Title"), _TITLE, key="inside-title", max_chars=500, live="500ms")
    if not has_text(title, ""):
        st.info(_("Write a title: the words that decide show here."))
        return
    products = Products.of_texts([title])
    with one_blas_thread():
        answer = encoder.predict_proba(products)[0]
        found = influences(encoder, products, answer)
    best = int(answer.argmax())
    strongest = max((abs(piece.gain) for piece in found.pieces), default=0.0)
    st.markdown(
        _("**{answer}**, {probability}").format(
            answer=PRODUCT_TYPES[best].label, probability=chance(float(answer[best]))
        )
    )
    st.markdown(
        weights_as_markdown([(each.text, each.gain) for each in found.pieces], strongest=strongest)
    )
    st.caption(
        _(
            "`{model}` alone, asked again without each word: its log-odds change by {most} at "
            "most. Leaving out tells what a word does to the answer; weights of attention only "
            "tell what is read, and the network that ships keeps none."
        ).format(model=encoder.name, most=signed(strongest, 1))
    )


@part
def show_word_vectors() -> None:
    """Show close words and the language model's looks."""
    left, right = st.columns(2, gap="large")
    with left:
        _show_nearest()
    with right:
        _show_looks()
