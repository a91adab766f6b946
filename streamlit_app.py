"""The app's entry: a router over the pages."""

import streamlit as st

st.set_page_config(page_title="Rakuten product classifier", page_icon="🛍️", layout="wide")

st.navigation(
    {
        "": [
            st.Page("app_pages/home.py", title="Home", icon=":material/home:", default=True),
            st.Page("app_pages/classify.py", title="Classify a product", icon=":material/label:"),
            st.Page("app_pages/story.py", title="Story", icon=":material/slideshow:"),
        ],
        "The data": [
            st.Page("app_pages/types.py", title="Product types", icon=":material/category:"),
            st.Page("app_pages/text.py", title="Text", icon=":material/notes:"),
            st.Page("app_pages/images.py", title="Images", icon=":material/image:"),
            st.Page("app_pages/preparation.py", title="Preparation", icon=":material/tune:"),
        ],
        "The models": [
            st.Page("app_pages/compare.py", title="Compare models", icon=":material/leaderboard:"),
            st.Page("app_pages/errors.py", title="Where it errs", icon=":material/grid_on:"),
            st.Page("app_pages/labels.py", title="Suspicious labels", icon=":material/rule:"),
        ],
    }
).run()
