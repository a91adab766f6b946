"""What if: a product as it is beside the same one as edited, and what the edit changes."""

import streamlit as st

from pages.classify.answer import Answer, answer_to
from pages.classify.words import show_influences
from pages.shared.part import part, show_error
from pages.what_if.change import change_in_words
from pages.what_if.product import Given, cropped, given_product
from rakuten_core.language import _
from rakuten_core.presentation.charts import chance


def _show_answer(heading: str, found: Answer) -> None:
    """Show one side: the photo, the answer, the first three types, the words."""
    with st.container(border=True):
        st.caption(heading)
        if found.image is not None:
            st.image(found.image, width=160, alt=_("Photo of the product"))
        if found.image_error is not None:
            show_error(found.image_error, ":material/broken_image:")
        if found.classification is None:
            st.info(_("Nothing is left to go by."), icon=":material/category:")
            return
        best, *others = found.classification.ranking[:3]
        st.markdown(f"**{best.product_type.label}**, {chance(best.probability)}")
        for each in others:
            st.markdown(f"{each.product_type.label}, {chance(each.probability)}")
        show_influences(found)


def _edit(given: Given) -> tuple[str, str, bytes | None]:
    """Show the fields and return the product as edited."""
    key = given.key
    title = st.text_input(
        _("Title"), given.title, key=f"what-title-{key}", max_chars=500, live="500ms"
    )
    description = st.text_area(
        _("Description"), given.description, key=f"what-description-{key}", max_chars=20_000
    )
    photo = given.photo
    if photo is not None:
        left, right = st.columns([2, 3], vertical_alignment="center")
        if not left.toggle(_("With the photo"), True, key=f"what-photo-{key}"):
            return title, description, None
        share = right.slider(_("Cut from the borders, %"), 0, 60, 0, 5, key=f"what-crop-{key}")
        photo = cropped(photo, share / 100)
    return title, description, photo


@part
def _compare(given: Given) -> None:
    """Show both sides; an edit draws them anew, not the menu around them."""
    before = answer_to(given.title, given.description, given.photo)
    edited = _edit(given)
    after = answer_to(*edited)
    st.markdown(change_in_words(before, after))
    left, right = st.columns(2)
    with left:
        _show_answer(_("As it is"), before)
    with right:
        _show_answer(_("As edited"), after)


st.title(_("What if"))
st.markdown(
    _(
        "Change a word, drop the photo, cut its borders: what would the answer be? The product "
        "comes from *Classify a product*, *Review*, *Where it errs*, or is an example."
    )
)
product = given_product()
if product is not None:
    _compare(product)
