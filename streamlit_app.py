"""The app's entry: `make app`, or any ASGI server with `streamlit_app:app`."""

import streamlit as st

app = st.App("pages/router.py")
