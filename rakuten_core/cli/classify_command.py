"""The command `classify`: one product, or a file of them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rakuten_core.cli.arguments import add_assets, bounded
from rakuten_core.data.embedded_photos import embedded_photo
from rakuten_core.errors import ModelError
from rakuten_core.language import _, number, percent
from rakuten_core.registry import ANSWERING

if TYPE_CHECKING:
    from rakuten_core.inference import Classifier


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add this group's command."""
    classify = commands.add_parser("classify", help=_("classify one product, or a table of them"))
    classify.add_argument(
        "file",
        nargs="?",
        help=_(
            "table of products: CSV, Excel, JSON Lines or Parquet; or a folder of Parquet files"
        ),
    )
    classify.add_argument(
        "--output", help=_("where to write the answers: .csv, .parquet, or a folder")
    )
    classify.add_argument("--images", type=Path, help=_("folder or ZIP file of the photos"))
    classify.add_argument(
        "--columns",
        nargs="+",
        default=[],
        metavar="FIELD=COLUMN",
        help=_('which column is what, where its name does not tell: title="Nom commercial"'),
    )
    classify.add_argument("--encoding", help=_("of a text file, such as cp850 (found out)"))
    classify.add_argument("--sheet", help=_("of a workbook (the one that names most columns)"))
    classify.add_argument(
        "--workers", type=bounded(int, 1, 1000), default=1, help=_("processes that answer (1)")
    )
    classify.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help=_("ray: on many machines, a folder of Parquet files (requirements-ray.txt)"),
    )
    classify.add_argument("--address", help=_("of a Ray cluster that runs already"))
    classify.add_argument("--title", help=_("the product's title"))
    classify.add_argument("--description", help=_("the product's description"))
    classify.add_argument(
        "--image", type=_photo, help=_("the product's photo: a file, base64 or a data: address")
    )
    classify.add_argument(
        "--top", type=bounded(int, 1, 27), default=5, help=_("how many types to show (5)")
    )
    classify.add_argument("--json", action="store_true", help=_("print JSON"))
    add_assets(classify)
    classify.set_defaults(run=_classify, resumes=True)


def _photo(text: str) -> Path | bytes:
    return embedded_photo(text) or Path(text)


def _classify(arguments: argparse.Namespace) -> None:
    if arguments.file is not None:
        _classify_file(arguments)
        return
    from rakuten_core.inference import Classifier

    classifier = Classifier.load(arguments.assets)
    _say_who_answers(classifier)
    answer = classifier.classify(
        arguments.title, arguments.description, arguments.image, top=arguments.top
    )
    if arguments.json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=1))
        return
    if answer.note is not None:
        print(answer.note)
    used = {"text": _("the text"), "image": _("the photo"), "both": _("text and photo")}[
        answer.used
    ]
    for rank, each in enumerate(answer.ranking, start=1):
        kind = each.product_type
        print(
            f"{rank}. {percent(each.probability):>7}  {kind.code:<5} {kind.label} "
            f"({kind.domain.label})"
        )
    print(
        _("From {used}, by {stage}, in {seconds} ms").format(
            used=used, stage=answer.stages[-1], seconds=number(1000 * answer.seconds)
        )
    )


def _say_who_answers(classifier: Classifier) -> None:
    """Say which model answers where it is not the one that should: on standard error."""
    if classifier.is_substitute:
        print(
            _("{expected} has not been trained here: {name} answers, the best that is.").format(
                expected=ANSWERING, name=classifier.name
            ),
            file=sys.stderr,
        )


def _classify_file(arguments: argparse.Namespace) -> None:
    if arguments.output is None:
        raise ModelError(_("Say where to write: --output OUT.csv"))
    if arguments.engine == "ray" and (arguments.columns or arguments.encoding or arguments.sheet):
        raise ModelError(_("--columns, --encoding and --sheet are not for --engine ray."))
    if arguments.engine == "ray":
        from rakuten_core.bulk.ray_engine import classify_with_ray

        images, assets = (
            None if path is None else str(path.resolve())
            for path in (arguments.images, arguments.assets)
        )
        rows = classify_with_ray(
            arguments.file, arguments.output, images, arguments.workers, assets, arguments.address
        )
    else:
        from rakuten_core.bulk.local_engine import classify_file
        from rakuten_core.data.product_columns import TableLayout, columns_from_words
        from rakuten_core.inference import Classifier

        classifier = Classifier.load(arguments.assets)
        _say_who_answers(classifier)
        report = classify_file(
            classifier,
            Path(arguments.file),
            Path(arguments.output),
            arguments.images,
            arguments.workers,
            arguments.assets,
            TableLayout(columns_from_words(arguments.columns), arguments.encoding, arguments.sheet),
        )
        rows = report.rows
        print("\n".join(report.reading))
        if report.photos is not None:
            print(
                _("{found} of {named} photos found").format(
                    found=number(report.photos.found), named=number(report.photos.named)
                )
            )
    print(_("Wrote {rows} rows to {output}").format(rows=number(rows), output=arguments.output))
