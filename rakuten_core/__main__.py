"""The command line: `rakuten COMMAND`, or `python -m rakuten_core COMMAND` in a checkout.

`--help` lists the commands.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from rakuten_core.cli import (
    assets_command,
    classify_command,
    data_commands,
    facts_command,
    models_command,
    training_commands,
)
from rakuten_core.errors import RakutenError
from rakuten_core.language import N_, _, speaking, system_language

# TensorFlow reports its processor's abilities on standard error unless told otherwise beforehand.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


# argparse takes its own words from gettext; here they come from this project's catalogue, like all.
argparse._ = _  # type: ignore[attr-defined]
WORDS_OF_ARGPARSE = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rakuten" if Path(sys.argv[0]).name == "rakuten" else "python -m rakuten_core",
        description=_("Classify Rakuten France products into 27 product types."),
    )
    parser.set_defaults(resumes=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    groups = (
        *(data_commands, training_commands, models_command),
        *(facts_command, classify_command, assets_command),
    )
    for group in groups:
        group.add_commands(commands)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command, in the language of the system's locale, and return the exit code."""
    with speaking(system_language()), warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.filterwarnings("ignore", module=r"(PIL|openpyxl|numpy)\.")
        warnings.showwarning = _say  # type: ignore[assignment]
        return _run(arguments)


def _say(message: Warning | str, *_where: Any, **_more: Any) -> None:
    """Print what a warning says, not where in the code it was given."""
    print(message, file=sys.stderr)


def _run(arguments: list[str] | None) -> int:
    parsed = _parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except RakutenError as error:
        print(_("Error: {error}").format(error=error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        again = _(" The same command goes on from here.") if parsed.resumes else ""
        print(_("Stopped.") + again, file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
