"""What the theme of `.streamlit/config.toml` cannot say."""

import streamlit as st

from pages.shared.pickers import is_dark
from rakuten_core.taxonomy import Domain

# Streamlit writes in white on the primary colour. On a dark page that colour is light, so that it
# can be read as text, and white on it could not be read (WCAG 2.1's AA).
_DARK_ON_PRIMARY = """<style>
[data-testid="stBaseButton-primary"],
[data-testid="stBaseLinkButton-primary"],
[data-testid="stMultiSelectTagsContainer"] [data-tag] { color: #161413 !important; }
</style>"""


def write_dark_on_primary() -> None:
    """Make what stands on the primary colour readable where the page is dark."""
    if is_dark():
        st.html(_DARK_ON_PRIMARY)


def show_domains() -> None:
    """Show which colour stands for which domain."""
    st.markdown(
        "  ".join(f':color[■]{{foreground="{each.color}"}} {each.label}' for each in Domain)
    )
