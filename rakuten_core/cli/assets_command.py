"""The command `assets verify`: whether everything in `assets/` is what it says."""

from __future__ import annotations

import argparse

from rakuten_core.cli.arguments import add_assets
from rakuten_core.errors import AssetError
from rakuten_core.language import _


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add this group's command."""
    assets = commands.add_parser("assets", help=_("check what is in the assets folder"))
    actions = assets.add_subparsers(required=True, metavar="ACTION")
    verify = actions.add_parser(
        "verify", help=_("recompute checksums, run keys and metrics; fails on what is not true")
    )
    verify.add_argument(
        "--allow-stale",
        action="store_true",
        help=_("name models that training would make differently today, and do not fail for them"),
    )
    add_assets(verify)
    verify.set_defaults(run=_verify)


def _verify(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.training.verification import verify

    findings = verify(Assets(arguments.assets))
    damaged = [each for each in findings if each.damage]
    stale = [each for each in findings if not each.damage]
    for each in findings:
        state = _("DAMAGED") if each.damage else _("stale")
        print(f"{state}  {each.name}: {each.reason}")
    print(_("{damaged} damaged, {stale} stale").format(damaged=len(damaged), stale=len(stale)))
    if damaged:
        raise AssetError(
            _("What is damaged must be restored from the repository or trained again.")
        )
    if stale and not arguments.allow_stale:
        raise AssetError(_("What is stale must be trained again, or leave the registry."))
