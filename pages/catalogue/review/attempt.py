"""What a button does to the queue; what goes wrong is told when the page is drawn anew."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.shared.part import show_error
from rakuten_core.errors import ReviewError

_PROBLEM = "review_problem"


def attempt(action: Callable[..., Any], *arguments: Any) -> None:
    """Do something, or keep why it could not be done."""
    try:
        action(*arguments)
    except ReviewError as error:
        st.session_state[_PROBLEM] = str(error)


def show_problem() -> None:
    """Show once why the last thing could not be done."""
    if problem := st.session_state.pop(_PROBLEM, None):
        show_error(ReviewError(problem))
