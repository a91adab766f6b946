"""Story: the presentation for stakeholders, section by section, and its exports."""

from collections.abc import Callable

import streamlit as st

from pages.shared.pickers import PLOT, is_dark
from rakuten_core.assets import Assets
from rakuten_core.errors import RakutenError
from rakuten_core.presentation.story import TITLE, Section, sections, to_html, to_powerpoint

KINDS = {
    "HTML": ("story.html", "text/html"),
    "PowerPoint": (
        "story.pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
}


@st.cache_resource(show_spinner=False)
def finished_exports() -> dict[str, bytes]:
    """Return the exports made so far, by kind: they are the same for all sessions."""
    return {}


def export(kind: str, progress: Callable[[int, int], object]) -> bytes:
    """Return the story as a file; files are read on white, whatever the screen's colours."""
    exports = finished_exports()
    if kind not in exports:
        story = story_of(False)
        made = (
            to_html(story, progress).encode() if kind == "HTML" else to_powerpoint(story, progress)
        )
        exports[kind] = made
    return exports[kind]


@st.cache_resource(show_spinner="Drawing the figures")
def story_of(dark: bool) -> list[Section]:
    """Return the sections; they are never changed."""
    return sections(Assets(), dark)


def show_section(section: Section, number: int, many: int) -> None:
    """Show one section across the page."""
    st.caption(f"{number} of {many}")
    st.header(section.headline, anchor=False)
    st.markdown(section.words)
    st.plotly_chart(section.figure, config=PLOT, key=f"figure{number}", alt=section.headline)
    st.page_link(section.page, label=f"More: {section.page_title}", icon=":material/east:")


def move(by: int, many: int) -> None:
    """Go some sections on or back."""
    st.session_state.slide = min(many, max(1, st.session_state.slide + by))


def show_exports() -> None:
    """Make the story as a file, with progress, and offer it."""
    kind = st.segmented_control("Take it along as", list(KINDS), key="kind")
    if kind is None:
        return
    name, mime = KINDS[kind]
    bar = st.progress(0.0, "Drawing the figures")
    try:
        made = export(
            kind,
            lambda done, many: bar.progress(done / many, f"Drawing figure {done} of {many}"),
        )
    except RakutenError as error:
        st.error(str(error), icon=":material/error:")
        return
    finally:
        bar.empty()
    st.download_button(
        f"Download {name}", made, name, mime, icon=":material/download:", type="primary"
    )
    st.caption(f"{len(made) / 1e6:.1f} MB, with the same {len(story_of(False))} figures.")


story = story_of(is_dark())
many = len(story)
st.title(TITLE, anchor=False)
way = st.segmented_control(
    "Show",
    ["One by one", "All"],
    default="One by one",
    required=True,
    key="way",
    bind="query-params",
    label_visibility="collapsed",
)
if way == "All":
    for number, section in enumerate(story, start=1):
        show_section(section, number, many)
        st.divider()
else:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Back", icon=":material/arrow_back:", shortcut="Left", on_click=move, args=(-1, many)
        )
        st.button(
            "Next",
            icon=":material/arrow_forward:",
            shortcut="Right",
            type="primary",
            on_click=move,
            args=(1, many),
        )
        slide = st.select_slider(
            "Section",
            list(range(1, many + 1)),
            key="slide",
            bind="query-params",
            label_visibility="collapsed",
        )
    show_section(story[slide - 1], slide, many)
st.divider()
show_exports()
