"""A part of a page that is drawn anew by itself when one of its own widgets moves."""

import functools
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from pages.shared.language_choice import speak_on
from rakuten_core.errors import RakutenError
from rakuten_core.presentation.markdown import escape_markdown

Arguments = ParamSpec("Arguments")


def show_error(error: RakutenError | str, icon: str = ":material/error:") -> None:
    """Say what is wrong, in the page: errors quote what others wrote, so nothing is markup."""
    st.error(escape_markdown(str(error)), icon=icon)


def part(draw: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Make a fragment that does by itself what the router does for a whole page.

    The router does not run again with it: the language has to be set, and errors to be told.
    """

    @st.fragment
    @functools.wraps(draw)
    def drawn(*arguments: Arguments.args, **options: Arguments.kwargs) -> None:
        speak_on()
        try:
            draw(*arguments, **options)
        except RakutenError as error:
            show_error(error)

    return drawn
