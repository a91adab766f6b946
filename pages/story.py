"""Story: the talk for stakeholders, to present, to read, and to take along."""

from collections.abc import Callable

import streamlit as st

from pages.shared.part import show_error
from rakuten_core.api.stage import ADDRESS, talk
from rakuten_core.errors import RakutenError
from rakuten_core.language import _, decimal, language
from rakuten_core.presentation.story import Slide, to_html, to_pdf, to_powerpoint

KINDS = {
    "PDF": ("pdf", "application/pdf"),
    "PowerPoint": (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    "HTML": ("html", "text/html"),
}


@st.cache_resource(show_spinner=False)
def finished_exports() -> dict[tuple[str, str], bytes]:
    """Return the exports made so far, by kind and language: they are the same for all sessions."""
    return {}


def story() -> list[Slide]:
    """Return the slides in the session's language; they are never changed."""
    with st.spinner(_("Drawing the figures")):
        return talk()


def export(kind: str, progress: Callable[[int, int], object]) -> bytes:
    """Return the talk as a file."""
    exports = finished_exports()
    asked = (kind, language())
    if asked not in exports:
        if kind == "PDF":
            exports[asked] = to_pdf(story())
        elif kind == "HTML":
            exports[asked] = to_html(story()).encode()
        else:
            exports[asked] = to_powerpoint(story(), progress)
    return exports[asked]


def show_exports() -> None:
    """Make the talk as a file, with progress, and offer it."""
    kind = st.segmented_control(_("Take it along as"), list(KINDS), key="kind")
    if kind is None:
        return
    suffix, mime = KINDS[kind]
    bar = st.progress(0.0, _("Drawing the figures"))
    try:
        made = export(
            kind,
            lambda done, many: bar.progress(
                done / many, _("Drawing slide {done} of {many}").format(done=done, many=many)
            ),
        )
    except RakutenError as error:
        show_error(error)
        return
    finally:
        bar.empty()
    st.download_button(
        _("Download, {size} MB").format(size=decimal(len(made) / 1e6, 1)),
        made,
        f"rakuten-{language()}.{suffix}",
        mime,
        icon=":material/download:",
        type="primary",
    )


def show_in_words(slide: Slide, number: int) -> None:
    """Show what one slide says, without its figure."""
    st.subheader(f"{number}. {slide.headline}", anchor=slide.key)
    st.markdown(slide.words)
    for point in slide.points:
        st.markdown(f"**{point.what}**  \n{point.result}")
    st.caption(slide.notes)
    if slide.page is not None:
        st.page_link(slide.page, label=_("See for yourself"), icon=":material/east:")


st.title(_("Story"))
st.markdown(
    _(
        "A talk of {count} slides for those who decide: what the problem is, what the data are "
        "like, how well it works, and how much of the catalogue sorts itself."
    ).format(count=len(story()))
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.link_button(
        _("Present"),
        f"{ADDRESS}?lang={language()}",
        type="primary",
        icon=":material/slideshow:",
    )
    show_exports()
st.caption(
    _(
        "It fills the screen. Keys: arrows or space, Home, End, F for full screen, O for all "
        "slides, S for the speaker's notes, Escape to come back here."
    )
)
st.iframe(f"{ADDRESS}?lang={language()}", height=620, alt=_("The slides of the talk"))
with st.expander(_("In words")):
    for number, slide in enumerate(story(), start=1):
        show_in_words(slide, number)
