"""The command `facts`: the sentences of the talk and of the page *Text*, and what computes them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rakuten_core.cli.arguments import add_assets
from rakuten_core.language import _

if TYPE_CHECKING:
    from rakuten_core.presentation.story import Slide

# The command that recomputes what a page shows, and the slides that link to it.
_COMMANDS = {
    "data/types.py": "explore --parts target",
    "data/text/page.py": "explore --parts text",
    "data/images/page.py": "explore --parts images",
    "data/preparation/page.py": "facts",
    "models/compare/page.py": "models",
    "models/errors/page.py": "evaluate",
    "catalogue/automation/page.py": "models",
}
_MODELS = "models"
_LINE_BREAKS = re.compile(r"<br>|\n")


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add this group's command."""
    facts = commands.add_parser(
        "facts", help=_("print every sentence of the talk, and the command that its figures are of")
    )
    add_assets(facts)
    facts.set_defaults(run=_facts)


def _facts(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.presentation.story import slides
    from rakuten_core.reports.text_findings import text_findings

    assets = Assets(arguments.assets)
    print("#", _("Sentences and where they come from"), end="\n\n")
    print(
        _(
            "Written by `python -m rakuten_core facts`. The figures are those of `assets/`; the "
            "command beside a sentence recomputes or prints them."
        )
    )
    print("\n##", _("Text"), end="\n\n")
    _print_table((sentence, "explore --parts text") for sentence in text_findings(assets))
    print("\n##", _("Story"), end="\n\n")
    _print_table(
        (sentence, _COMMANDS.get(slide.page or "", _MODELS))
        for slide in slides(assets)
        for sentence in _sentences(slide)
    )


def _sentences(slide: Slide) -> Iterator[str]:
    yield f"**{slide.headline}**"
    yield from filter(None, (slide.words, slide.notes))
    yield from (f"{point.what}: {point.result}" for point in slide.points)


def _print_table(rows: Iterator[tuple[str, str]]) -> None:
    print("|", _("Sentence"), "|", _("Command"), "|")
    print("|---|---|")
    for sentence, command in rows:
        plain = _LINE_BREAKS.sub(" ", sentence).replace("|", "\\|")
        print(f"| {plain} | `{command}` |")
