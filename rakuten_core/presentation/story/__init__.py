"""The presentation for stakeholders, on the screen and as files."""

from rakuten_core.presentation.story.html import to_html
from rakuten_core.presentation.story.powerpoint import to_powerpoint
from rakuten_core.presentation.story.sections import TITLE, Section, sections

__all__ = ["TITLE", "Section", "sections", "to_html", "to_powerpoint"]
