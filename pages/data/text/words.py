"""The most frequent words before and after preparation, and those that set types apart."""

import streamlit as st

from pages.shared.alternatives import first_words
from pages.shared.loaders import report
from pages.shared.pickers import PLOT, choose_domain, choose_types
from pages.shared.tables import download_csv
from rakuten_core.language import _, number
from rakuten_core.presentation.charts import NEUTRAL, words_chart
from rakuten_core.reports.statistics_files import statistics_facts
from rakuten_core.reports.text_statistics import PRIOR_WORDS, frequent_words, typical_words
from rakuten_core.taxonomy import CODES, product_type


def show_words() -> None:
    """Show the words of chosen types."""
    codes = tuple(choose_types("words", choose_domain()))
    left, right = st.columns(2)
    before = report(frequent_words, "before", codes, 20)
    after = report(frequent_words, "after", codes, 20)
    left.markdown(_("**Before preparation** little words rule"))
    left.plotly_chart(
        words_chart(before, _("Times in the texts"), NEUTRAL),
        config=PLOT,
        key="w1",
        alt=first_words(_("Before preparation"), before.index),
    )
    right.markdown(_("**After preparation** the products show"))
    right.plotly_chart(
        words_chart(after, _("Times in the texts")),
        config=PLOT,
        key="w2",
        alt=first_words(_("After preparation"), after.index),
    )
    st.markdown(_("**Words that set these types apart from all others**"))
    if len(codes) == len(CODES):
        st.info(_("Choose a domain or some types to see their typical words."))
        return
    typical = report(typical_words, codes, most=25)
    if typical.empty:
        st.info(_("Too few texts to tell these types' words from the others'."))
        return
    color = product_type(codes[0]).domain.color
    st.plotly_chart(
        words_chart(typical["keyness"], _("Keyness (z-score)"), color),
        config=PLOT,
        alt=first_words(_("Most typical"), typical.index),
    )
    download_csv(report(typical_words, codes, most=500).to_csv(), "typical_words.csv")
    show_method()


def show_method() -> None:
    """Say how typical words are found."""
    facts = report(statistics_facts, "text")
    st.caption(
        _(
            "Keyness: log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and "
            "Quinn, *Fightin' Words*, 2008) as a z-score, a ranking: among thousands of words "
            "some stand out by chance, and a product that repeats a word counts each time. The "
            "prior weighs {prior_words} words. French and English stop words are left out, and "
            "words in fewer than {minimum_products_of_a_word} products."
        ).format(
            prior_words=number(PRIOR_WORDS),
            minimum_products_of_a_word=facts["minimum_products_of_a_word"],
        )
    )
