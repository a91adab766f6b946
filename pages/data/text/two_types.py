"""What tells two types apart, side by side."""

import streamlit as st

from pages.data.text.words import show_method
from pages.shared.alternatives import first_words
from pages.shared.loaders import report
from pages.shared.pickers import PLOT, choose_type
from rakuten_core.language import _
from rakuten_core.presentation.charts import words_chart
from rakuten_core.reports.text_statistics import typical_words
from rakuten_core.taxonomy import product_type


def show_two_types() -> None:
    """Show the words of each of two chosen types against the other."""
    columns = st.columns(2)
    pair = []
    for column, key, default in zip(columns, ("first", "second"), (10, 2705), strict=True):
        with column:
            pair.append(choose_type(_("Product type"), key, default))
    if pair[0] == pair[1]:
        st.info(_("Choose two different types."))
        return
    for column, code, other in zip(columns, pair, reversed(pair), strict=True):
        words = report(typical_words, (code,), (other,), most=25)
        found = product_type(code)
        column.markdown(_("**Says {type}**").format(type=found.label))
        if words.empty:
            column.caption(_("Too few texts to tell them apart."))
            continue
        column.plotly_chart(
            words_chart(words["keyness"], _("Keyness (z-score)"), found.domain.color),
            config=PLOT,
            key=f"words-of-{code}",
            alt=first_words(found.label, words.index),
        )
    show_method()
