"""What stands in the address: anybody may have written it."""

import math

import streamlit as st


def drop_unusable_parameters() -> None:
    """Drop from the address what no widget can hold: its page is drawn with its default instead.

    Streamlit itself drops what a widget does not know, but takes an empty value for a choice of
    nothing where one is required, and cannot make a whole number of an infinite one.
    """
    unusable = [
        name
        for name in st.query_params
        if any(not value.strip() or _is_infinite(value) for value in st.query_params.get_all(name))
    ]
    if unusable:
        for name in unusable:
            del st.query_params[name]
        # Widgets take their first values from the address that a run began with.
        st.rerun()


def _is_infinite(value: str) -> bool:
    try:
        return not math.isfinite(float(value))
    except ValueError:
        return False
