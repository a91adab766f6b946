"""The router: every page of the app, in the sections of the menu."""

import streamlit as st

from pages.shared.address import drop_unusable_parameters
from pages.shared.language_choice import choose_language, speak
from pages.shared.part import show_error
from pages.shared.state import keep_widgets
from pages.shared.theme import write_dark_on_primary
from rakuten_core.errors import RakutenError
from rakuten_core.language import _

drop_unusable_parameters()
speak()
st.set_page_config(page_title=_("Rakuten product classifier"), page_icon="🛍️", layout="wide")
keep_widgets()
write_dark_on_primary()

page = st.navigation(
    {
        "": [
            st.Page("home.py", title=_("Home"), icon=":material/home:", default=True),
            st.Page(
                "classify/page.py",
                title=_("Classify a product"),
                icon=":material/label:",
                url_path="classify",
            ),
            st.Page(
                "what_if/page.py",
                title=_("What if"),
                icon=":material/difference:",
                url_path="what_if",
            ),
            st.Page("story.py", title=_("Story"), icon=":material/slideshow:"),
        ],
        _("A catalogue"): [
            st.Page(
                "catalogue/classify/page.py",
                title=_("Classify a catalogue"),
                icon=":material/table_view:",
                url_path="catalogue",
            ),
            st.Page(
                "catalogue/review/page.py",
                title=_("Review"),
                icon=":material/fact_check:",
                url_path="review",
            ),
            st.Page(
                "catalogue/automation/page.py",
                title=_("How much can be automated"),
                icon=":material/savings:",
                url_path="automation",
            ),
        ],
        _("The data"): [
            st.Page("data/types.py", title=_("Product types"), icon=":material/category:"),
            st.Page("data/text/page.py", title=_("Text"), icon=":material/notes:", url_path="text"),
            st.Page(
                "data/images/page.py", title=_("Images"), icon=":material/image:", url_path="images"
            ),
            st.Page(
                "data/map/page.py", title=_("Map"), icon=":material/scatter_plot:", url_path="map"
            ),
            st.Page(
                "data/preparation/page.py",
                title=_("Preparation"),
                icon=":material/tune:",
                url_path="preparation",
            ),
        ],
        _("The models"): [
            st.Page(
                "models/compare/page.py",
                title=_("Compare models"),
                icon=":material/leaderboard:",
                url_path="compare",
            ),
            st.Page(
                "models/errors/page.py",
                title=_("Where it errs"),
                icon=":material/grid_on:",
                url_path="errors",
            ),
            st.Page(
                "models/inside/page.py",
                title=_("Inside the networks"),
                icon=":material/lens_blur:",
                url_path="inside",
            ),
            st.Page("models/labels.py", title=_("Suspicious labels"), icon=":material/rule:"),
        ],
    },
    expanded=True,
)
choose_language()
try:
    page.run()
except RakutenError as error:
    # Whatever a page reads may be missing or damaged: one place says so for all of them.
    show_error(error)
