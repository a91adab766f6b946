"""Home: what this is, the figures that matter, where to go."""

import streamlit as st

from pages.shared.loaders import report
from rakuten_core.language import _, decimal, number, percent
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.saved_answers import model_facts
from rakuten_core.taxonomy import PRODUCT_TYPES, Domain

st.title(_("Which shelf does this product belong on?"))
st.markdown(
    _(
        "Rakuten France lists products by the million. Each needs one of **{count} product "
        "types** so that search, filters and recommendations work. This app reads a French "
        "title, a description and a photo, and names the type, how sure it is, and what it "
        "went by."
    ).format(count=len(PRODUCT_TYPES))
)
if st.button(_("Classify a product"), type="primary", icon=":material/label:"):
    st.switch_page("classify/page.py")

manifest, metrics = report(model_facts, ANSWERING)
both = metrics.get("with_both", metrics["all"])
everything = metrics["all"]
low, high = both["weighted_f1_interval"]
columns = st.columns(3)
columns[0].metric(
    _("Weighted F1, text and photo"),
    decimal(both["weighted_f1"], 3),
    border=True,
    help=_("The challenge's measure: F1 of each product type, weighted by its number of products."),
)
columns[1].metric(
    _("Right type among the first three"),
    percent(both["top3_accuracy"]),
    border=True,
)
columns[2].metric(
    _("Products to learn from"),
    number(manifest["split"]["rows"]["train"] + manifest["split"]["rows"]["validation"]),
    border=True,
)
st.caption(
    _(
        "Measured on {rows} test products with text and photo that the models never saw "
        "(95\u202f% interval of weighted F1: {low} to {high}). On all {all_rows} test products, "
        "those without text or photo included, it is {score}."
    ).format(
        rows=number(both["rows"]),
        low=decimal(low, 3),
        high=decimal(high, 3),
        all_rows=number(everything["rows"]),
        score=decimal(everything["weighted_f1"], 3),
    )
)

st.subheader(_("How it decides"))
steps = st.columns(3)
for column, icon, title, text in zip(
    steps,
    ("text_fields", "image", "join"),
    (_("The text"), _("The photo"), _("Both together")),
    (
        _(
            "Words and short phrases, weighed for each type, beside a network that learnt what "
            "sentences mean in a hundred languages."
        ),
        _(
            "A network that learnt to see from a million photos, and a weight for each thing it "
            "saw."
        ),
        _("What the two say is weighed against each other. One alone is enough."),
    ),
    strict=True,
):
    with column.container(border=True, height="stretch"):
        st.markdown(f"**:material/{icon}: {title}**")
        st.write(text)

st.subheader(_("The {count} product types").format(count=len(PRODUCT_TYPES)))
st.caption(_("In seven domains, as the study grouped them."))
# Small domains stand below large ones, so that the columns are about equally high.
stacks = (
    (Domain.BOOKS, Domain.FURNITURE),
    (Domain.GAMING, Domain.DECORATION),
    (Domain.TOYS,),
    (Domain.EQUIPMENT, Domain.BAZAAR),
)
for column, stack in zip(st.columns(len(stacks)), stacks, strict=True):
    for domain in stack:
        with column.container(border=True):
            st.html(f'<div style="height:6px;border-radius:3px;background:{domain.color}"></div>')
            st.markdown(f"**{domain.label}**")
            st.markdown(
                "\n".join(
                    f"- {each.label} :gray[{each.code}]"
                    for each in PRODUCT_TYPES
                    if each.domain is domain
                )
            )
