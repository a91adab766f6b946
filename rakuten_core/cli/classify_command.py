"""The command `classify`: one product, or a file of them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rakuten_core.cli.arguments import add_assets, number
from rakuten_core.errors import ModelError


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add this group's command."""
    classify = commands.add_parser("classify", help="classify one product, or a CSV file")
    classify.add_argument("file", type=Path, nargs="?", help="CSV file in the X layout")
    classify.add_argument("--output", type=Path, help="where to write the CSV file's answers")
    classify.add_argument("--images", type=Path, help="folder of the CSV file's photos")
    classify.add_argument("--title", help="the product's title")
    classify.add_argument("--description", help="the product's description")
    classify.add_argument("--image", type=Path, help="the product's photo")
    classify.add_argument(
        "--top", type=number(int, 1, 27), default=5, help="how many types to show (5)"
    )
    classify.add_argument("--json", action="store_true", help="print JSON")
    add_assets(classify)
    classify.set_defaults(run=_classify)


def _classify(arguments: argparse.Namespace) -> None:
    from rakuten_core.inference import Classifier

    if arguments.file is not None and arguments.output is None:
        raise ModelError("Say where to write: --output OUT.csv")
    classifier = Classifier.load(arguments.assets)
    if arguments.file is not None:
        from rakuten_core.inference.bulk import classify_file

        report = classify_file(classifier, arguments.file, arguments.output, arguments.images)
        print(f"Read {arguments.file} as {report.encoding}")
        print(f"Wrote {report.rows:,} rows to {arguments.output}")
        return
    answer = classifier.classify(
        arguments.title, arguments.description, arguments.image, top=arguments.top
    )
    if arguments.json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=1))
        return
    used = {"text": "the text", "image": "the photo", "both": "text and photo"}[answer.used]
    for rank, each in enumerate(answer.ranking, start=1):
        kind = each.product_type
        print(
            f"{rank}. {100 * each.probability:5.1f} %  {kind.code:<5} {kind.french} "
            f"({kind.english}; {kind.domain.french})"
        )
    print(f"From {used}, by {answer.stages[-1]}, in {1000 * answer.seconds:.0f} ms")
