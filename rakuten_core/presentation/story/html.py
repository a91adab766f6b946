"""The talk as one HTML page: the stage in the app, and a file that runs without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment
from plotly.offline import get_plotlyjs

from rakuten_core.language import _, language
from rakuten_core.presentation.story.slide import Slide

_FOLDER = Path(__file__).parent


def to_html(story: Sequence[Slide], plotly_address: str | None = None, back: str = "") -> str:
    """Return the talk as one HTML page.

    Args:
        story: the slides.
        plotly_address: where the page finds Plotly's script; None puts it into the page, which
            then needs nothing else, not even a network.
        back: the address that Escape leads to; empty where there is none.
    """
    figures = ",".join(
        "null" if slide.figure is None else slide.figure.to_json() for slide in story
    )
    page = Environment(autoescape=True).from_string(_read("deck.html"))
    return page.render(
        slides=story,
        figures=f"[{figures}]".replace("</", "<\\/"),
        plotly="" if plotly_address else get_plotlyjs(),
        plotly_address=plotly_address,
        back=back,
        language=language(),
        style=_read("deck.css"),
        script=_read("deck.js"),
        words={
            "slides": _("Slides"),
            "progress": _("Progress"),
            "controls": _("Presentation"),
            "previous": _("Previous slide (←)"),
            "next": _("Next slide (→)"),
            "overview": _("All slides (O)"),
            "notes": _("Speaker notes (S)"),
            "screen": _("Full screen (F)"),
            "leave": _("Leave (Escape)"),
            "help": _(
                "← → or space: slides · F: full screen · O: all slides · S: notes · Esc: leave"
            ),
            "source": _("Rakuten product classifier"),
        },
    )


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
