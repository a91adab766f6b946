"""The talk as PowerPoint slides: native text and notes, figures as pictures."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from rakuten_core.presentation.charts.stage_look import SIZE
from rakuten_core.presentation.story.browser import draw, drawing
from rakuten_core.presentation.story.slide import Point, Slide

# The stage has 1280 x 720 pixels, a slide 13.333 x 7.5 inches: 96 pixels to the inch.
_PIXELS_PER_INCH = 96
_ACCENT, _INK, _GREY = "BF0000", "22201F", "6F6963"
# Points of 1/72 inch beside pixels of 1/96.
_POINTS_PER_PIXEL = 0.75


def to_powerpoint(
    story: Sequence[Slide], progress: Callable[[int, int], object] | None = None
) -> bytes:
    """Return the talk as a PowerPoint file, laid out as the stage is.

    Args:
        story: the slides.
        progress: called with how many slides are done, and of how many.

    Raises:
        StoryError: the figures cannot be drawn, because no Chrome or Chromium is installed.
    """
    from pptx import Presentation
    from pptx.util import Inches

    presentation = Presentation()
    presentation.slide_width, presentation.slide_height = Inches(13.333), Inches(7.5)
    blank = presentation.slide_layouts[6]
    with drawing():
        for position, slide in enumerate(story):
            page = presentation.slides.add_slide(blank)
            if position == 0:
                _write_opening(page, slide)
            else:
                _write_slide(page, slide, position + 1)
            page.notes_slide.notes_text_frame.text = slide.notes
            if progress:
                progress(position + 1, len(story))
    file = io.BytesIO()
    presentation.save(file)
    return file.getvalue()


def _write_opening(page: Any, slide: Slide) -> None:
    _write(page, slide.headline, (60, 130, 900, 170), 68, _ACCENT, bold=True)
    _write(page, slide.words, (60, 310, 1100, 60), 30, _INK)
    width = 1160 / max(1, len(slide.points))
    for position, point in enumerate(slide.points):
        left = 60 + position * width
        _write(page, point.what, (left, 450, width - 30, 80), 56, _INK, bold=True)
        _write(page, point.result, (left, 535, width - 30, 80), 24, _GREY)


def _write_slide(page: Any, slide: Slide, number: int) -> None:
    _write(page, slide.headline, (60, 36, 1160, 96), 42, _ACCENT, bold=True)
    long = len(slide.headline) > 55
    _write(page, slide.words, (60, 140 if long else 96, 1160, 60), 23, _GREY)
    top = 200 if long else 170
    if slide.figure is not None:
        width, height = slide.figure.layout.width, slide.figure.layout.height
        room = min(SIZE[1], 700 - top)
        scale = room / height
        page.shapes.add_picture(
            io.BytesIO(draw(slide.figure)),
            _pixels(60),
            _pixels(top),
            _pixels(width * scale),
            _pixels(height * scale),
        )
        if slide.points:
            _write_points(page, slide.points, (60 + width + 30, top, 1160 - width - 30), (24, 20))
    else:
        _write_points(page, slide.points, (60, top, 1160), (30, 24))
    _write(page, str(number), (1120, 682, 100, 30), 14, _GREY, right=True)


def _write_points(
    page: Any, points: Sequence[Point], place: tuple[float, float, float], sizes: tuple[int, int]
) -> None:
    """Write points below each other, in equal parts of the height that is left."""
    left, top, width = place
    height = (690 - top) / len(points)
    for position, point in enumerate(points):
        shape = _box(page, (left, top + position * height, width, height))
        _add(shape, point.what, sizes[0], _INK, bold=True, first=True)
        _add(shape, point.result, sizes[1], _GREY)


def _write(
    page: Any,
    text: str,
    place: tuple[float, float, float, float],
    size: float,
    color: str,
    bold: bool = False,
    right: bool = False,
) -> None:
    _add(_box(page, place), text, size, color, bold, first=True, right=right)


def _box(page: Any, place: tuple[float, float, float, float]) -> Any:
    frame = page.shapes.add_textbox(*map(_pixels, place)).text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    return frame


def _add(
    frame: Any,
    text: str,
    size: float,
    color: str,
    bold: bool = False,
    first: bool = False,
    right: bool = False,
) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    paragraph = frame.paragraphs[0] if first else frame.add_paragraph()
    if right:
        paragraph.alignment = PP_ALIGN.RIGHT
    run = paragraph.add_run()
    run.text = text
    run.font.size = Pt(size * _POINTS_PER_PIXEL)
    run.font.bold = bold
    run.font.color.rgb = RGBColor.from_string(color)


def _pixels(value: float) -> int:
    from pptx.util import Inches

    return Inches(value / _PIXELS_PER_INCH)
