"""Home: what this is, the figures that matter, where to go."""

import streamlit as st

from pages.shared.loaders import report
from rakuten_core.presentation.charts import percent
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.saved_answers import model_facts
from rakuten_core.taxonomy import PRODUCT_TYPES, Domain

st.title("Which shelf does this product belong on?")
st.markdown(
    "Rakuten France lists products by the million. Each needs one of "
    f"**{len(PRODUCT_TYPES)} product types** so that search, filters and recommendations work. "
    "This app reads a French title, a description and a photo, and names the type, "
    "how sure it is, and what it went by."
)
if st.button("Classify a product", type="primary", icon=":material/label:"):
    st.switch_page("classify/page.py")

manifest, metrics = report(model_facts, ANSWERING)
both = metrics.get("with_both", metrics["all"])
everything = metrics["all"]
low, high = both["weighted_f1_interval"]
columns = st.columns(3)
columns[0].metric(
    "Weighted F1, text and photo",
    f"{both['weighted_f1']:.3f}",
    border=True,
    help="The challenge's measure: F1 of each product type, weighted by its number of products.",
)
columns[1].metric(
    "Right type among the first three",
    percent(both["top3_accuracy"]),
    border=True,
)
columns[2].metric(
    "Products to learn from",
    f"{manifest['split']['rows']['train'] + manifest['split']['rows']['validation']:,}",
    border=True,
)
st.caption(
    f"Measured on {both['rows']:,} test products with text and photo that the models never saw "
    f"(95\u202f% interval of weighted F1: {low:.3f} to {high:.3f}). "
    f"On all {everything['rows']:,} test products, those without text or photo included, it is "
    f"{everything['weighted_f1']:.3f}."
)

st.subheader("How it decides")
steps = st.columns(3)
for column, icon, title, text in zip(
    steps,
    ("text_fields", "image", "join"),
    ("The text", "The photo", "Both together"),
    (
        "Words and short phrases, weighed for each type, beside a network that learnt what "
        "sentences mean in a hundred languages.",
        "A network that learnt to see from a million photos, and a weight for each thing it saw.",
        "What the two say is weighed against each other. One alone is enough.",
    ),
    strict=True,
):
    with column.container(border=True, height="stretch"):
        st.markdown(f"**:material/{icon}: {title}**")
        st.write(text)

st.subheader(f"The {len(PRODUCT_TYPES)} product types")
st.caption("In seven domains, as the study grouped them.")
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
            same = domain.french == domain.english
            st.markdown(f"**{domain.french}**" + ("" if same else f" ({domain.english})"))
            st.markdown(
                "\n".join(
                    f"- {each.french} :gray[{each.code}]"
                    for each in PRODUCT_TYPES
                    if each.domain is domain
                )
            )
