"""The story as one HTML page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import plotly.graph_objects as go
from jinja2 import Environment

from rakuten_core.presentation.story.sections import TITLE, Section


def to_html(story: Sequence[Section], progress: Callable[[int, int], object] | None = None) -> str:
    """Return the story as one HTML page that needs nothing else, not even a network.

    Args:
        story: the sections.
        progress: called with how many sections are done, and of how many.
    """
    parts = []
    for position, section in enumerate(story):
        figure = go.Figure(section.figure).update_layout(template="plotly_white")
        parts.append(
            (
                section,
                figure.to_html(
                    full_html=False,
                    include_plotlyjs=position == 0,
                    config={"displayModeBar": False, "responsive": True},
                ),
            )
        )
        if progress:
            progress(position + 1, len(story))
    page = Environment(autoescape=True).from_string(_PAGE)
    return page.render(title=TITLE, parts=parts)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
body { font-family: system-ui, sans-serif; margin: 0 auto; max-width: 1100px; padding: 1rem;
  color: #22201f; background: #fff; }
section { min-height: 90vh; padding: 2rem 0; border-bottom: 1px solid #e2deda; }
h1 { color: #bf0000; } p { font-size: 1.2rem; line-height: 1.5; max-width: 48rem; }
@media print { section { break-after: page; } }
</style>
</head>
<body>
<h1>{{ title }}</h1>
{% for section, figure in parts %}
<section>
<h2>{{ loop.index }}. {{ section.headline }}</h2>
<p>{{ section.words }}</p>
{{ figure | safe }}
</section>
{% endfor %}
</body>
</html>
"""
