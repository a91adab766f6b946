"""The router: every page of the app, in the sections of the menu."""

import streamlit as st

from pages.shared.state import keep_widgets
from rakuten_core.errors import RakutenError

st.set_page_config(page_title="Rakuten product classifier", page_icon="🛍️", layout="wide")
keep_widgets()

page = st.navigation(
    {
        "": [
            st.Page("home.py", title="Home", icon=":material/home:", default=True),
            st.Page(
                "classify/page.py",
                title="Classify a product",
                icon=":material/label:",
                url_path="classify",
            ),
            st.Page("story.py", title="Story", icon=":material/slideshow:"),
        ],
        "The data": [
            st.Page("data/types.py", title="Product types", icon=":material/category:"),
            st.Page("data/text/page.py", title="Text", icon=":material/notes:", url_path="text"),
            st.Page(
                "data/images/page.py", title="Images", icon=":material/image:", url_path="images"
            ),
            st.Page(
                "data/preparation/page.py",
                title="Preparation",
                icon=":material/tune:",
                url_path="preparation",
            ),
        ],
        "The models": [
            st.Page(
                "models/compare/page.py",
                title="Compare models",
                icon=":material/leaderboard:",
                url_path="compare",
            ),
            st.Page(
                "models/errors/page.py",
                title="Where it errs",
                icon=":material/grid_on:",
                url_path="errors",
            ),
            st.Page("models/labels.py", title="Suspicious labels", icon=":material/rule:"),
        ],
    }
)
try:
    page.run()
except RakutenError as error:
    # Whatever a page reads may be missing or damaged: one place says so for all of them.
    st.error(str(error), icon=":material/error:")
