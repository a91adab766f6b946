"""The training products that a product is like."""

import streamlit as st

from pages.classify.answer import Answer
from pages.classify.familiar import Compared, compared_with, photo_vector
from pages.data.map.placed import Placed, map_button
from pages.shared.loaders import report
from pages.shared.products import catalog_or_none
from rakuten_core.data.catalog import Catalog
from rakuten_core.errors import RakutenError
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference import Neighbour, shared_similar
from rakuten_core.language import N_, _, decimal, number, percent
from rakuten_core.presentation.markdown import escape_markdown
from rakuten_core.reports.vector_facts import vector_facts

_SHOWN = 8
_BY = {"text": N_("The text"), "photo": N_("The photo"), "both": N_("Both")}


def _show_neighbours(neighbours: list[Neighbour], catalog: Catalog | None) -> None:
    if catalog is None:
        # A list, not a table: where this is open, it is drawn anew for each title that is typed.
        lines = [
            _("1. **{type}**, {similarity}, product {product}").format(
                type=each.product_type.label,
                similarity=decimal(each.similarity, 2),
                product=each.productid,
            )
            for each in neighbours
        ]
        st.markdown("\n".join(lines))
        st.caption(
            _("To see titles and photos, set RAKUTEN_DATA to the folder of the challenge's data.")
        )
        return
    known = catalog.products.set_index("productid")
    with st.container(horizontal=True):
        for each in neighbours:
            with st.container(border=True, width=190):
                row = known.loc[each.productid] if each.productid in known.index else None
                if row is not None and isinstance(row["photo"], str):
                    try:
                        picture = decode_image(catalog.photos.read(row["photo"]))
                        picture.thumbnail((320, 320))
                        st.image(picture, alt=_("Photo of the product"))
                    except RakutenError as error:
                        st.caption(f":material/broken_image: {escape_markdown(str(error))}")
                st.markdown(f"**{each.product_type.label}** {decimal(each.similarity, 2)}")
                if row is not None:
                    st.text(row["designation"][:90])


def _choices(answer: Answer) -> list[str]:
    has_text = compared_with(answer).text is not None
    has_photo = answer.image is not None and shared_similar().knows_photos
    asked = {"text": has_text, "photo": has_photo, "both": has_text and has_photo}
    return [name for name, possible in asked.items() if possible]


def show_similar(answer: Answer) -> None:
    """Show the most similar training products, by the text, the photo or both."""
    choices = _choices(answer) if answer.classification is not None else []
    if not choices:
        return
    found = st.expander(
        _("Similar products"),
        key="similar",
        icon=":material/hub:",
        on_change="rerun",
    )
    # Drawn only for those who look: it costs as much as the answer.
    if found.open:
        with found:
            _show_similar(answer, choices)


def _placed(answer: Answer, compared: Compared, choices: list[str]) -> Placed:
    photo = photo_vector(answer, compared) if "photo" in choices else None
    return Placed(answer.title, compared.text, photo)


def _show_similar(answer: Answer, choices: list[str]) -> None:
    by = choices[0]
    if len(choices) > 1:
        by = st.segmented_control(
            _("Similar by"),
            choices,
            format_func=lambda name: _(_BY[name]),
            default=choices[0],
            required=True,
            key=f"similar-by-{answer.content}",
        )
    compared = compared_with(answer)
    text = compared.text if by != "photo" else None
    photo = photo_vector(answer, compared) if by != "text" else None
    _show_neighbours(shared_similar().nearest(text, photo, _SHOWN), catalog_or_none())
    map_button(lambda: _placed(answer, compared, choices))
    if (facts := report(vector_facts)) is None:
        return
    part_of = facts["photos" if by == "photo" else "texts"]
    st.caption(
        _(
            "Of {products} training products, by the vectors of the models that answer. The "
            "nearest is of the same type for {share} of {test} test products. Made-up products "
            "of other kinds, such as phone cases, jeans or cars: {far} of {outsiders} are called "
            "unlike anything learnt, and {own} of the test products (AUROC {auroc})."
        ).format(
            products=number(part_of["products"]),
            share=percent(part_of["same_type"], 0),
            test=number(part_of["test"]),
            far=percent(facts["outsiders"]["called_far"], 0),
            outsiders=number(facts["outsiders"]["products"]),
            own=percent(facts["texts"]["called_far"], 0),
            auroc=decimal(facts["outsiders"]["auroc"], 2),
        )
    )
