"""The command line: `python -m rakuten_core COMMAND`; `--help` lists the commands."""

from __future__ import annotations

import argparse
import os
import sys

from rakuten_core.cli import assets_command, classify_command, data_commands, model_commands
from rakuten_core.errors import RakutenError
from rakuten_core.language import _

# TensorFlow reports its processor's abilities on standard error unless told otherwise beforehand.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rakuten_core",
        description=_("Classify Rakuten France products into 27 product types."),
    )
    parser.set_defaults(resumes=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (data_commands, model_commands, classify_command, assets_command):
        group.add_commands(commands)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the process's exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except RakutenError as error:
        print(_("Error: {error}").format(error=error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        again = _(" The same command goes on from here.") if parsed.resumes else ""
        print(f"Stopped.{again}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
