"""The command line: `python -m rakuten_core COMMAND`; `--help` lists the commands."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rakuten_core.errors import ModelError, RakutenError

# TensorFlow reports its processor's abilities on standard error unless told otherwise beforehand.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


SUBSETS = ("all", "with_text", "with_image", "with_both")


def _sample(arguments: argparse.Namespace) -> None:
    from rakuten_core.data.sample import write_sample

    products = write_sample(arguments.directory, arguments.per_type, seed=arguments.seed)
    print(f"Wrote {products:,} products of 27 types to {arguments.directory}")


def _train(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.training.runner import Context, train

    catalog = read_catalog(arguments.data, require=arguments.require)
    products = catalog.products
    print(
        f"{len(products):,} products, {(products['designation'] != '').sum():,} with a title, "
        f"{products['photo'].notna().sum():,} with a photo"
    )
    names = ("image_size", "epochs", "crop", "augment", "unfreeze", "weights")
    options = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    context = Context(catalog, Assets(arguments.assets), arguments.work, arguments.seed, options)
    train(context, arguments.models, arguments.force)


def _explore(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.reports.statistics import FOLDER, PARTS
    from rakuten_core.training.exploration import explore

    assets = Assets(arguments.assets)
    parts = arguments.parts.split(",") if arguments.parts else PARTS
    explore(read_catalog(arguments.data), assets, arguments.work, parts, arguments.white)
    print(f"Wrote the statistics of {', '.join(parts)} to {assets.root / FOLDER}")


def _labels(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.training.label_ranking import (
        check_on_corrupted_labels,
        find_suspicious_labels,
    )
    from rakuten_core.training.runner import Context

    context = Context(read_catalog(arguments.data), Assets(arguments.assets), arguments.work)
    if arguments.check:
        for row in check_on_corrupted_labels(context):
            print(
                f"{row['looked_at']:,} most suspicious: {100 * row['precision']:.1f} % were "
                f"corrupted, {100 * row['recall']:.1f} % of all corrupted"
            )
    print(f"Wrote {find_suspicious_labels(context):,} suspicious labels")


def _models(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.errors import AssetError
    from rakuten_core.registry import REGISTRY
    from rakuten_core.reports import published

    print("Weighted F1 on test products that the models never saw, with 95 % bootstrap interval\n")
    columns = ("model", "reads", "family", "all it can read", "with text", "with photo")
    print(f"| {' | '.join(columns)} | with both | published by the study |")
    print("|---|---|---|---|---|---|---|---|")
    for entry in REGISTRY:
        try:
            metrics = Assets(arguments.assets).model(entry.name).metrics
        except AssetError:
            cells = ["not trained here", "", "", ""]
        else:
            cells = [_score(metrics.get(subset)) for subset in SUBSETS]
        known = published.score(entry.published)
        cells.append(f"{known[0]:.3f} ({known[1]})" if known else "")
        print(f"| {entry.name} | {entry.modality} | {entry.family} | {' | '.join(cells)} |")
    print()
    for entry in REGISTRY:
        print(f"{entry.name}: {entry.description}")


def _evaluate(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.registry import select
    from rakuten_core.reports.results import trained_models
    from rakuten_core.training.runner import rescore

    assets = Assets(arguments.assets)
    trained = trained_models(assets)
    for entry in select(arguments.models):
        if entry.name in trained:
            print(f"{entry.name}: weighted F1 {_score(rescore(assets, entry.name)['all'])}")
        elif arguments.models:
            print(f"{entry.name}: not trained here")


def _score(measures: dict[str, Any] | None) -> str:
    if measures is None:
        return ""
    low, high = measures["weighted_f1_interval"]
    return f"{measures['weighted_f1']:.3f} [{low:.3f}, {high:.3f}], {measures['rows']:,} rows"


def _classify(arguments: argparse.Namespace) -> None:
    from rakuten_core.inference import Classifier

    classifier = Classifier.load(arguments.assets)
    if arguments.file is not None:
        from rakuten_core.inference.bulk import classify_file

        if arguments.output is None:
            raise ModelError("Say where to write: --output OUT.csv")
        rows = classify_file(classifier, arguments.file, arguments.output, arguments.images)
        print(f"Wrote {rows:,} rows to {arguments.output}")
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
    print(f"From {used}, in {1000 * answer.seconds['total']:.0f} ms")


def _weights(text: str) -> tuple[str, str]:
    from rakuten_core.training.pretrained.backbones import BACKBONES

    name, _, path = text.partition("=")
    if name not in BACKBONES or not Path(path).is_file():
        raise argparse.ArgumentTypeError(
            f"expected BACKBONE=FILE with one of {', '.join(BACKBONES)}; received {text!r}"
        )
    return name, path


def _number(convert: type, low: float, high: float) -> Callable[[str], float]:
    """Return a converter of an argument that must lie in a range, both ends included."""

    def converted(text: str) -> float:
        try:
            value = convert(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"expected {low} to {high}; received {text!r}")
        return value

    return converted


class _Collect(argparse.Action):
    """Collect repeated `NAME=VALUE` pairs in one dictionary."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        pairs = getattr(namespace, self.dest) or {}
        setattr(namespace, self.dest, pairs | {values[0]: values[1]})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rakuten_core",
        description="Classify Rakuten France products into 27 product types.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    sample = commands.add_parser("sample", help="write a tiny made-up catalogue")
    sample.add_argument("directory", type=Path, metavar="DIR", help="a new folder")
    sample.add_argument(
        "--per-type", type=_number(int, 1, 1000), default=14, help="products of each type (14)"
    )
    sample.add_argument("--seed", type=int, default=0)
    sample.set_defaults(run=_sample)

    train = commands.add_parser("train", help="train models on a catalogue; resumes by itself")
    train.add_argument("--data", type=Path, required=True, help="folder in the challenge's layout")
    train.add_argument("--models", help="names separated by commas, or family:text (all)")
    train.add_argument("--assets", type=Path, help="where models go (the project's assets/)")
    train.add_argument(
        "--work", type=Path, default=Path("work"), help="checkpoints and caches (work/)"
    )
    train.add_argument("--seed", type=int, default=0)
    train.add_argument(
        "--image-size", type=_number(int, 32, 1024), help="side of the photos in pixels (224)"
    )
    train.add_argument(
        "--epochs", type=_number(int, 1, 1000), help="at most this many passes over the products"
    )
    train.add_argument(
        "--crop", type=_number(float, 0, 0.9), help="fraction to cut from the photos' borders"
    )
    train.add_argument(
        "--augment",
        action="store_const",
        const=True,
        help="mirror and shift photos at random while training (wants a GPU)",
    )
    train.add_argument(
        "--unfreeze",
        type=_number(int, 0, 1000),
        help="train this many of the backbone's last layers (wants a GPU)",
    )
    train.add_argument(
        "--weights",
        type=_weights,
        action=_Collect,
        metavar="BACKBONE=FILE",
        help="a Keras weights file, for example vgg16=vgg16_notop.h5; repeatable",
    )
    train.add_argument("--force", action="store_true", help="train even what is up to date")
    train.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="COLUMN",
        help="refuse data where a product lacks designation, description or photo",
    )
    train.set_defaults(run=_train)

    explore = commands.add_parser("explore", help="compute what the exploration pages show")
    explore.add_argument(
        "--data", type=Path, required=True, help="folder in the challenge's layout"
    )
    explore.add_argument("--parts", help="target,text,images or some of them (all)")
    explore.add_argument(
        "--white", type=_number(int, 1, 255), default=250, help="level that counts as white (250)"
    )
    explore.add_argument("--assets", type=Path, help="where tables go (the project's assets/)")
    explore.add_argument("--work", type=Path, default=Path("work"), help="checkpoints (work/)")
    explore.set_defaults(run=_explore)

    labels = commands.add_parser("labels", help="rank products whose category is probably wrong")
    labels.add_argument("--data", type=Path, required=True, help="the data that the models learnt")
    labels.add_argument("--check", action="store_true", help="also corrupt labels and find them")
    labels.add_argument("--assets", type=Path, help="where tables go (the project's assets/)")
    labels.add_argument("--work", type=Path, default=Path("work"), help="checkpoints (work/)")
    labels.set_defaults(run=_labels)

    models = commands.add_parser("models", help="list the models and their measured scores")
    models.add_argument("--assets", type=Path, help="assets folder (the project's)")
    models.set_defaults(run=_models)

    evaluate = commands.add_parser(
        "evaluate", help="measure trained models anew from their saved test probabilities"
    )
    evaluate.add_argument("--models", help="names separated by commas, or family:text (all)")
    evaluate.add_argument("--assets", type=Path, help="assets folder (the project's)")
    evaluate.set_defaults(run=_evaluate)

    classify = commands.add_parser("classify", help="classify one product, or a CSV file")
    classify.add_argument("file", type=Path, nargs="?", help="CSV file in the X layout")
    classify.add_argument("--output", type=Path, help="where to write the CSV file's answers")
    classify.add_argument("--images", type=Path, help="folder of the CSV file's photos")
    classify.add_argument("--title", help="the product's title")
    classify.add_argument("--description", help="the product's description")
    classify.add_argument("--image", type=Path, help="the product's photo")
    classify.add_argument(
        "--top", type=_number(int, 1, 27), default=5, help="how many types to show (5)"
    )
    classify.add_argument("--json", action="store_true", help="print JSON")
    classify.add_argument("--assets", type=Path, help="assets folder (the project's)")
    classify.set_defaults(run=_classify)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the process's exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except RakutenError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        again = (
            " The same command goes on from here."
            if parsed.run in (_train, _explore, _labels)
            else ""
        )
        print(f"Stopped.{again}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
