"""The command `models`: every model and its measured scores."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import Any

from rakuten_core.cli.arguments import add_assets, score
from rakuten_core.errors import AssetError
from rakuten_core.language import _, decimal, number, percent

SUBSETS = ("all", "with_text", "with_image", "with_both")
_PRECISION = 0.95


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add this group's command."""
    models = commands.add_parser("models", help=_("list the models and their measured scores"))
    add_assets(models)
    models.set_defaults(run=_models)


def _models(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.evaluation.certainty import automatic_share
    from rakuten_core.registry import REGISTRY, family_name, modality_name
    from rakuten_core.reports import published
    from rakuten_core.reports.automation import automation_curve
    from rakuten_core.reports.model_costs import label_as_trained
    from rakuten_core.reports.staleness import stale_reason

    assets = Assets(arguments.assets)
    print(
        _("Weighted F1 on test products that the models never saw, with 95% bootstrap interval\n")
    )
    columns = (
        *(_("model"), _("reads"), _("family"), _("all it can read"), _("with text")),
        *(_("with photo"), _("with both"), _("sorted at 95% right"), _("published by the study")),
        _("stale"),
    )
    print(f"| {' | '.join(columns)} |")
    print("|---|---|---|---|---|---|---|--:|---|---|")
    for entry in REGISTRY:
        stale = ""
        try:
            metrics = assets.model(entry.name).metrics
        except AssetError:
            cells = [_("not trained here"), "", "", "", ""]
        else:
            cells = [score(metrics.get(subset)) for subset in SUBSETS]
            cells.append(percent(automatic_share(automation_curve(assets, entry.name), _PRECISION)))
            stale = stale_reason(assets, entry.name) or ""
        known = published.score(entry.published)
        cells.append("")
        if known is not None:
            figure, measure = decimal(known[0], 3), _(known[1])
            cells[-1] = f"{figure} ({measure})"
        reads, family = modality_name(entry.modality), family_name(entry.family)
        print(f"| {entry.name} | {reads} | {family} | {' | '.join(cells)} | {stale} |")
    print()
    for entry in REGISTRY:
        words = _(entry.description)
        with suppress(AssetError):
            # Says where a network started from nothing that usually does not.
            words = f"{label_as_trained(assets, entry)}. {words}"
        print(f"{entry.name}:", words)
    print()
    _print_chosen_limit(assets)


def _print_chosen_limit(assets: Any) -> None:
    """Say what a limit does that was not chosen on the products that it is measured on."""
    from rakuten_core.registry import ANSWERING, label_of_model
    from rakuten_core.reports.automation import chosen_limit

    try:
        found = chosen_limit(assets, ANSWERING, _PRECISION)
    except AssetError:
        return
    if found is not None:
        print(
            _(
                "“{model}”: the limit {limit}, chosen for {wanted} right on {rows} validation "
                "products, sorts {share} of the test products, {precision} of them right."
            ).format(
                model=label_of_model(ANSWERING),
                limit=decimal(found.limit, 3),
                wanted=percent(_PRECISION, 0),
                rows=number(found.chosen_on),
                share=percent(found.share),
                precision=percent(found.precision),
            )
        )
