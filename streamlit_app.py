"""The app's entry: a router over the pages."""

import streamlit as st

st.set_page_config(page_title="Rakuten product classifier", page_icon="🛍️", layout="wide")

st.navigation(
    [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/classify.py", title="Classify a product", icon=":material/label:"),
    ]
).run()
