"""Compare models: scores, product types, two models side by side, what helped, model cards."""

import streamlit as st

from pages.models.compare.all_models import show_all_models
from pages.models.compare.best import show_best_models
from pages.models.compare.by_type import show_by_type
from pages.models.compare.cards import show_cards
from pages.models.compare.cascade import show_cascade
from pages.models.compare.learning import show_learning
from pages.models.compare.published_tables import show_published
from pages.models.compare.training import show_training
from pages.models.compare.two_models import show_two_models
from pages.models.compare.what_helped import show_what_helped
from pages.shared.loaders import report
from pages.shared.pickers import show_view
from rakuten_core.language import N_, _
from rakuten_core.reports.cascade_trade import cascade_trade

st.title(_("Compare models"))
views = {
    N_("The best"): show_best_models,
    N_("All models"): show_all_models,
    N_("By product type"): show_by_type,
    N_("Two models"): show_two_models,
    N_("What helped"): show_what_helped,
    N_("Cascade"): show_cascade,
    N_("Training and trust"): show_training,
    N_("More data"): show_learning,
    N_("Model cards"): show_cards,
    N_("As published"): show_published,
}
if report(cascade_trade).empty:
    del views["Cascade"]
show_view(views)
