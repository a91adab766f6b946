"""The story as slides."""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence

import plotly.graph_objects as go

from rakuten_core.errors import StoryError
from rakuten_core.presentation.story.sections import Section

_SLIDE_INCHES = (13.333, 7.5)


def to_powerpoint(
    story: Sequence[Section], progress: Callable[[int, int], object] | None = None
) -> bytes:
    """Return the story as a PowerPoint file, a slide per section, figures as pictures.

    Args:
        story: the sections.
        progress: called with how many sections are done, and of how many.

    Raises:
        StoryError: the figures cannot be drawn, because no Chrome or Chromium is installed.
    """
    from pptx import Presentation
    from pptx.dml.color import RGBColor
    from pptx.util import Inches, Pt

    presentation = Presentation()
    presentation.slide_width, presentation.slide_height = map(Inches, _SLIDE_INCHES)
    blank = presentation.slide_layouts[6]
    with _one_browser():
        for position, section in enumerate(story):
            slide = presentation.slides.add_slide(blank)
            for text, top, height, size, color in (
                (section.headline, 0.3, 0.8, 32, RGBColor(0xBF, 0, 0)),
                (section.words, 1.05, 1.0, 18, RGBColor(0x22, 0x20, 0x1F)),
            ):
                frame = slide.shapes.add_textbox(
                    Inches(0.6), Inches(top), Inches(12.1), Inches(height)
                ).text_frame
                frame.word_wrap = True
                frame.text = text
                run = frame.paragraphs[0].runs[0].font
                run.size, run.color.rgb, run.bold = Pt(size), color, size > 20
            picture = io.BytesIO(_draw(section.figure))
            slide.shapes.add_picture(picture, Inches(0.6), Inches(2.1), width=Inches(12.1))
            if progress:
                progress(position + 1, len(story))
    file = io.BytesIO()
    presentation.save(file)
    return file.getvalue()


# The drawing browser is one for the whole process: exports take turns.
_DRAWING = threading.Lock()


@contextlib.contextmanager
def _one_browser() -> Iterator[None]:
    """Keep one browser open for all figures.

    Raises:
        StoryError: there is none.
    """
    import kaleido
    from choreographer.browsers import Chromium

    # Kaleido would wait for a missing browser without end.
    if not Chromium.find_browser(skip_local=False):
        raise StoryError(
            "The figures of the slides are drawn by Chrome or Chromium, which was not found. "
            "Install one of them, or run plotly_get_chrome."
        )
    with _DRAWING:
        kaleido.start_sync_server(silence_warnings=True)
        try:
            yield
        finally:
            kaleido.stop_sync_server(silence_warnings=True)


def _draw(figure: go.Figure) -> bytes:
    figure = go.Figure(figure).update_layout(
        template="plotly_white", height=None, font={"size": 15}
    )
    with warnings.catch_warnings():
        # Plotly tells that the open browser has its own settings: it has.
        warnings.filterwarnings("ignore", message="The kopts argument")
        return figure.to_image(format="png", width=1452, height=624, scale=1.5)
