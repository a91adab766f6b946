"""Suspicious labels: products whose given category is probably wrong."""

import pandas as pd
import streamlit as st

from pages.shared.loaders import report
from pages.shared.products import (
    choose_product,
    probability_column,
    product_columns,
    show_product,
)
from pages.shared.tables import Column, download_csv, share, show_table, whole
from rakuten_core.language import N_, _, number, percent
from rakuten_core.registry import REGISTRY, label_of_model
from rakuten_core.reports.suspicious_labels import (
    label_check,
    label_facts,
    label_staleness,
    suspicious,
)
from rakuten_core.taxonomy import CODES, label_of

CHECK_COLUMNS = {
    "looked_at": Column(N_("Most suspicious products looked at"), whole),
    "precision": Column(N_("Were corrupted"), share),
    "recall": Column(N_("Of all corrupted"), share),
}


def _called(name: str) -> str:
    """Return what people call a model; a ranking may rest on one that has left the registry."""
    return label_of_model(name) if name in {each.name for each in REGISTRY} else name


def show_check(check: dict) -> None:
    """Show how well the ranking finds labels that were corrupted on purpose."""
    st.subheader(_("Does it find wrong labels?"), anchor=False)
    st.markdown(
        _(
            "{corrupted} of {rows} labels were replaced on purpose by another type, each of the "
            "26 equally likely, “{model}” alone learnt from them as if they were true, and all "
            "labels were ranked. The catalogue's own errors count as misses; errors between "
            "neighbouring types are harder to find than these."
        ).format(
            corrupted=number(check["corrupted"]),
            rows=number(check["rows"]),
            model=_called(check["model"]),
        )
    )
    show_table(pd.DataFrame(check["ranks"]), CHECK_COLUMNS)


st.title(_("Suspicious labels"))
facts = report(label_facts)
st.markdown(
    _(
        "**{count} of {rows} labels look suspicious** ({share}), by confident learning on "
        "held-out probabilities of “{model}”. Some are errors of the catalogue, some of the "
        "model: the {kept} least credible are listed, for a look and not for a blind change."
    ).format(
        count=number(facts["issues"]),
        rows=number(facts["rows"]),
        share=percent(facts["issues"] / facts["rows"]),
        model=_called(facts["model"]),
        kept=number(facts["kept"]),
    )
)
st.page_link(
    "catalogue/review/page.py",
    label=_("Review them one by one"),
    icon=":material/fact_check:",
    query_params={"queue": "labels"},
)
if stale := report(label_staleness):
    st.warning(_("This ranking is stale: {stale}.").format(stale=stale), icon=":material/history:")
left, middle, right = st.columns(3)
given = left.multiselect(
    _("Given type"), CODES, format_func=label_of, key="given", placeholder=_("All")
)
suggested = middle.multiselect(
    _("Suggested type"), CODES, format_func=label_of, key="suggested", placeholder=_("All")
)
across = right.toggle(
    _("Only across domains"),
    key="across",
    bind="query-params",
    help=_("Hide pairs inside one domain, such as new and second-hand books."),
)
table = report(suspicious, given, suggested, across)
st.caption(_("{count} products, the least credible label first.").format(count=number(len(table))))
named = table.assign(
    given=[label_of(code) for code in table["given"]],
    suggested=[label_of(code) for code in table["suggested"]],
)
columns = {
    "productid": product_columns()["productid"],
    "given": _("Given type"),
    "suggested": _("Suggested type"),
    "suggested_probability": probability_column(_("Probability of the suggested")),
    "given_probability": probability_column(_("Probability of the given")),
} | product_columns()
catalog, product = choose_product(named, columns, f"products-{given}-{suggested}-{across}", 460)
download_csv(table.to_csv(index=False), "suspicious_labels.csv")
if catalog is not None and product is not None:
    show_product(catalog, product)
if check := report(label_check):
    show_check(check)
