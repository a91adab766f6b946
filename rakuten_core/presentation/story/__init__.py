"""The talk for stakeholders, on the stage and as files."""

from rakuten_core.presentation.story.html import to_html
from rakuten_core.presentation.story.model_slides import live_slide
from rakuten_core.presentation.story.pdf import to_pdf
from rakuten_core.presentation.story.powerpoint import to_powerpoint
from rakuten_core.presentation.story.slide import LiveProduct, Point, Slide
from rakuten_core.presentation.story.slides import slides

__all__ = [
    "LiveProduct",
    "Point",
    "Slide",
    "live_slide",
    "slides",
    "to_html",
    "to_pdf",
    "to_powerpoint",
]
