"""The app's entry: `make app`, or any ASGI server with `streamlit_app:app`."""

import streamlit as st
from starlette.middleware import Middleware

from rakuten_core.api.application import mounted
from rakuten_core.api.security import SecurityHeaders
from rakuten_core.api.settings import settings
from rakuten_core.api.stage import ROUTES
from rakuten_core.api.warm_up import lifespan

app = st.App(
    "pages/router.py",
    routes=[mounted(), *ROUTES],
    lifespan=lifespan,
    middleware=[Middleware(SecurityHeaders, frame_ancestors=settings().frame_ancestors)],
)
