"""The products of a catalogue with their answers, filtered."""

import pandas as pd
import streamlit as st

from pages.shared.pickers import choose_domain, choose_types
from pages.shared.products import probability_column
from rakuten_core.language import _, number
from rakuten_core.taxonomy import label_of


def show_products(table: pd.DataFrame, limit: int) -> None:
    """Show a table of the products that pass the filters."""
    domain = choose_domain("result-domain")
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        codes = choose_types("result", domain)
    doubtful = right.toggle(_("Only what needs a look"), key="doubtful")
    words = st.text_input(_("Words in the title"), key="result-words")
    without_type = table["prdtypecode"].isna() & (domain is None)
    shown = table[table["prdtypecode"].isin(codes) | without_type]
    if doubtful:
        shown = shown[~(shown["probability"] >= limit / 100)]
    for word in words.lower().split():
        shown = shown[shown["title"].fillna("").str.lower().str.contains(word, regex=False)]
    st.caption(_("{count} products").format(count=number(len(shown))))
    named = pd.DataFrame(
        {
            "row": shown.index + 1,
            "productid": shown["productid"],
            "title": shown["title"],
            "type": [label_of(int(code)) if code == code else "" for code in shown["prdtypecode"]],
            "probability": shown["probability"],
            "text": [label_of(int(code)) if code == code else "" for code in shown["text_code"]],
            "image": [label_of(int(code)) if code == code else "" for code in shown["image_code"]],
        }
    )
    st.dataframe(
        named,
        hide_index=True,
        height=460,
        column_config={
            "row": st.column_config.NumberColumn(_("Row"), format="%d"),
            "productid": _("Product"),
            "title": st.column_config.TextColumn(_("Title"), width="large"),
            "type": st.column_config.TextColumn(_("Type"), width="medium"),
            "probability": probability_column(_("Probability")),
            "text": _("The text alone"),
            "image": _("The photo alone"),
        },
    )
