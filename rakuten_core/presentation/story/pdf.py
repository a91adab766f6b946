"""The talk as a PDF, one slide per page."""

from collections.abc import Sequence

from rakuten_core.presentation.story.browser import print_page
from rakuten_core.presentation.story.html import to_html
from rakuten_core.presentation.story.slide import Slide


def to_pdf(story: Sequence[Slide]) -> bytes:
    """Return the talk as a PDF file: the pages look as the stage does.

    Args:
        story: the slides.

    Raises:
        StoryError: no Chrome or Chromium is installed, or it did not print.
    """
    return print_page(to_html(story))
