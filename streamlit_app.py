"""The app's entry: `make app`, or any ASGI server with `streamlit_app:app`."""

import streamlit as st
from starlette.middleware import Middleware

from pages.shared.upload_memory import UploadMemory
from rakuten_core.api.application import mounted
from rakuten_core.api.security import KeyForFigures, SecurityHeaders
from rakuten_core.api.settings import settings
from rakuten_core.api.stage import ROUTES
from rakuten_core.api.warm_up import lifespan

_settings = settings()
app = st.App(
    "pages/router.py",
    routes=[mounted(), *ROUTES],
    lifespan=lifespan,
    middleware=[
        Middleware(SecurityHeaders, frame_ancestors=_settings.frame_ancestors),
        Middleware(KeyForFigures, key=_settings.api_key),
        Middleware(
            UploadMemory,
            most=_settings.uploads_mb * 10**6,
            most_of_one=_settings.visitor_uploads_mb * 10**6,
        ),
    ],
)
