"""Options, their converters and words that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rakuten_core.language import _, decimal, number

if TYPE_CHECKING:
    import pandas as pd


def bounded(convert: type, low: float, high: float) -> Callable[[str], float]:
    """Return a converter of an argument that must lie in a range, both ends included."""

    def converted(text: str) -> float:
        try:
            value = convert(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(
                _("expected {low} to {high}; received {text}").format(
                    low=low, high=high, text=repr(text)
                )
            )
        return value

    return converted


def add_assets(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the assets folder."""
    parser.add_argument("--assets", type=Path, help=_("assets folder (the project's)"))


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that read a catalogue and keep checkpoints."""
    parser.add_argument(
        "--data", type=Path, required=True, help=_("folder in the challenge's layout")
    )
    parser.add_argument(
        "--work", type=Path, default=Path("work"), help=_("checkpoints and caches (work/)")
    )
    add_assets(parser)


def add_unlabelled(parser: argparse.ArgumentParser) -> None:
    """Add the option that names products that only teach."""
    parser.add_argument(
        "--unlabelled",
        type=Path,
        action="append",
        metavar="PATH",
        help=_(
            "products that only teach: a folder with X_test_update.csv, or a CSV file with "
            "designation and, where known, description and prdtypecode; repeatable"
        ),
    )


def teaching_options(arguments: argparse.Namespace, products: pd.DataFrame) -> dict[str, Any]:
    """Return the option `teaching` with the texts that only teach, and say how many there are.

    Raises:
        CatalogError: a file is missing or of another form, or holds an unknown code.
    """
    from rakuten_core.data.teaching import read_teaching

    if not arguments.unlabelled:
        return {}
    teaching = read_teaching(arguments.unlabelled, products)
    print(
        _("{texts} texts only teach, {labelled} of them with a label").format(
            texts=number(len(teaching.table)), labelled=number(len(teaching.labelled()))
        )
    )
    return {"teaching": teaching}


def score(measures: dict[str, Any] | None) -> str:
    """Return weighted F1 with its interval and the number of rows, or nothing."""
    if measures is None:
        return ""
    low, high = measures["weighted_f1_interval"]
    return _("{weighted_f1} [{low}, {high}], {rows} rows").format(
        weighted_f1=decimal(measures["weighted_f1"], 3),
        low=decimal(low, 3),
        high=decimal(high, 3),
        rows=number(measures["rows"]),
    )
