"""How much can be automated: the limit that costs least, and what it saves."""

import streamlit as st

from pages.catalogue.automation.groups import show_by_answer, show_limits_by_type
from pages.catalogue.automation.saving import choose_costs, show_saving
from pages.shared.loaders import report
from pages.shared.pickers import PLOT, choose_domain, choose_types
from pages.shared.tables import Column, share, show_table, whole
from rakuten_core.language import N_, _
from rakuten_core.presentation.charts import coverage_chart
from rakuten_core.registry import best, label_of_model
from rakuten_core.reports.automation import coverage_curve, shares_at

_PRECISIONS = (0.90, 0.95, 0.98)

st.title(_("How much can be automated"))
models = best()
st.markdown(
    _(
        "The surest answers are taken as they are, a person looks at the others. The higher the "
        "limit, the fewer errors and the more work."
    )
)
wrong, check, seconds = choose_costs()
limit = show_saving(report(coverage_curve, models["fusion"]), wrong, check, seconds)

st.subheader(_("What is sorted, and how much of it is right"), anchor=False)
domain = choose_domain()
codes = tuple(choose_types("automation", domain))
chosen = codes if len(codes) < 27 else ()
curves = {reads: report(coverage_curve, name, chosen) for reads, name in models.items()}
st.plotly_chart(
    coverage_chart(curves, limit),
    config=PLOT,
    alt=_("The more is sorted, the less of it is right: {models}.").format(
        models=", ".join(label_of_model(name) for name in models.values())
    ),
)
shares = report(shares_at, list(models.values()), list(_PRECISIONS))
show_table(
    shares.assign(label=[label_of_model(name) for name in shares["name"]]),
    {
        "label": Column(N_("Model"), pinned=True),
        "at_0.9": Column(N_("At 90% right"), share),
        "at_0.95": Column(N_("At 95% right"), share),
        "at_0.98": Column(N_("At 98% right"), share),
        "products": Column(N_("Test products"), whole),
    },
)
st.caption(
    _(
        "Test products that the models never saw. The bands are 95% bootstrap intervals over these "
        "products; a type or domain is that of the answer."
    )
)
show_limits_by_type(models["fusion"], wrong, check)
show_by_answer(models["fusion"])
