"""The app's entry: `make app`, or any ASGI server with `streamlit_app:app`."""

import streamlit as st

from rakuten_core.api.stage import ROUTES

app = st.App("pages/router.py", routes=ROUTES)
