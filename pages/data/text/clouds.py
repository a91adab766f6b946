"""One word cloud per type."""

import streamlit as st
from PIL import Image

from pages.data.text.words import show_method
from pages.shared.alternatives import quoted
from pages.shared.loaders import report
from pages.shared.pickers import choose_domain, is_dark
from rakuten_core.language import _
from rakuten_core.presentation.charts import word_cloud
from rakuten_core.reports.text_statistics import typical_words
from rakuten_core.taxonomy import Domain, codes_of, product_type


@st.cache_data(show_spinner=False, max_entries=128)
def _cloud_of(code: int, color: str, dark: bool) -> tuple[Image.Image, list[str]] | None:
    """Return the cloud of a type's typical words and the first of them, or None if it has none."""
    words = report(typical_words, (code,), most=70)
    if words.empty:
        return None
    return word_cloud(words["keyness"].to_dict(), color, dark), list(words.index[:5])


def show_clouds() -> None:
    """Show the clouds of a domain's types."""
    domain = choose_domain()
    if domain is None:
        st.caption(
            _("{domain} are shown; choose another domain above.").format(domain=Domain.BOOKS.label)
        )
    columns = st.columns(2)
    for number, code in enumerate(codes_of(domain or Domain.BOOKS)):
        found = product_type(code)
        with columns[number % 2].container(border=True):
            st.markdown(f"**{found.label}** :gray[{code}]")
            cloud = _cloud_of(code, found.domain.color, is_dark())
            if cloud is None:
                st.caption(_("Too few texts to tell its words from the others'."))
            else:
                picture, first = cloud
                st.image(
                    picture,
                    alt=_("The words most typical of {type}: {words}.").format(
                        type=found.label, words=quoted(first)
                    ),
                )
    st.caption(_("The larger a word, the more typical it is of the type against all others."))
    show_method()
