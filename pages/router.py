"""The router: every page of the app, in the sections of the menu."""

import streamlit as st

st.set_page_config(page_title="Rakuten product classifier", page_icon="🛍️", layout="wide")

st.navigation(
    {
        "": [
            st.Page("home.py", title="Home", icon=":material/home:", default=True),
            st.Page("classify.py", title="Classify a product", icon=":material/label:"),
            st.Page("story.py", title="Story", icon=":material/slideshow:"),
        ],
        "The data": [
            st.Page("data/types.py", title="Product types", icon=":material/category:"),
            st.Page("data/text.py", title="Text", icon=":material/notes:"),
            st.Page("data/images.py", title="Images", icon=":material/image:"),
            st.Page("data/preparation.py", title="Preparation", icon=":material/tune:"),
        ],
        "The models": [
            st.Page("models/compare.py", title="Compare models", icon=":material/leaderboard:"),
            st.Page("models/errors.py", title="Where it errs", icon=":material/grid_on:"),
            st.Page("models/labels.py", title="Suspicious labels", icon=":material/rule:"),
        ],
    }
).run()
