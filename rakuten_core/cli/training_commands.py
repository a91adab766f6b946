"""Commands about the models: `train`, `evaluate` and `learning-curves`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from rakuten_core.cli.arguments import (
    add_assets,
    add_data,
    add_unlabelled,
    bounded,
    score,
    teaching_options,
)
from rakuten_core.errors import ModelError
from rakuten_core.language import _, decimal, number, signed

# Small networks and one epoch: the whole pipeline in a minute or two on a tiny catalogue.
QUICK = {
    "epochs": 1,
    "final_epochs": 1,
    "student_epochs": 1,
    "folds": 2,
    "depth": 2,
    "image_size": 96,
    "trained_blocks": 1,
}


class _Collect(argparse.Action):
    """Collect repeated `NAME=VALUE` pairs in one dictionary."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        pairs = getattr(namespace, self.dest) or {}
        setattr(namespace, self.dest, pairs | {values[0]: values[1]})


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add this group's commands."""
    _add_train(commands)
    evaluate = commands.add_parser(
        "evaluate", help=_("measure trained models anew from their saved test probabilities")
    )
    evaluate.add_argument("--models", help=_("names separated by commas, or family:text (all)"))
    evaluate.add_argument(
        "--latency",
        action="store_true",
        help=_("measure the time for a product instead; wants --data"),
    )
    evaluate.add_argument(
        "--against",
        type=Path,
        metavar="ASSETS",
        help=_("compare with the models of another folder, on the same test products"),
    )
    evaluate.add_argument(
        "--corrections",
        type=Path,
        metavar="FILE",
        help=_("tell what reviewers' decisions change; wants --data"),
    )
    evaluate.add_argument("--data", type=Path, help=_("folder in the challenge's layout"))
    evaluate.add_argument("--work", type=Path, default=Path("work"), help=_("caches (work/)"))
    add_assets(evaluate)
    evaluate.set_defaults(run=_evaluate)

    curves = commands.add_parser(
        "learning-curves", help=_("train on parts of the products: what would more data give?")
    )
    add_data(curves)
    curves.set_defaults(run=_learning_curves, resumes=True)


def _learning_curves(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.training.context import Context
    from rakuten_core.training.learning_curve import learning_curves

    found = learning_curves(
        Context(read_catalog(arguments.data), Assets(arguments.assets), arguments.work)
    )
    for name, curve in found["curves"].items():
        best = max(curve["runs"], key=lambda run: run["products"])
        low, high = curve["interval"]
        print(
            _(
                "{name}: weighted F1 {score} from {products} products on {test} test products; the "
                "complete {complete} products should give {expected} [{low}, {high}]"
            ).format(
                name=name,
                score=decimal(best["weighted_f1"], 3),
                products=number(best["products"]),
                test=number(curve["test"]),
                complete=number(found["complete"]),
                expected=decimal(curve["expected"], 3),
                low=decimal(low, 3),
                high=decimal(high, 3),
            )
        )


def _add_train(commands: argparse._SubParsersAction) -> None:
    train = commands.add_parser("train", help=_("train models on a catalogue; resumes by itself"))
    add_data(train)
    train.add_argument("--models", help=_("names separated by commas, or family:text (all)"))
    add_unlabelled(train)
    train.add_argument(
        "--corrections",
        type=Path,
        metavar="FILE",
        help=_("decisions from the page Review: other labels, and more products"),
    )
    train.add_argument("--seed", type=int, default=0)
    train.add_argument(
        "--quick",
        action="store_true",
        help=_("small networks, one epoch: to try the pipeline, not for good models"),
    )
    _add_parameters(train)
    train.add_argument(
        "--weights",
        type=_weights,
        action=_Collect,
        metavar="BACKBONE=FILE",
        help=_("a Keras weights file, for example vgg16=vgg16_notop.h5; repeatable"),
    )
    train.add_argument(
        "--force",
        action="store_true",
        help=_("make even what is current again, from its checkpoints"),
    )
    train.add_argument(
        "--checkpoints-only",
        action="store_true",
        help=_(
            "learn what takes long into --work, without TensorFlow; the same command without this "
            "goes on from there; wants --models"
        ),
    )
    train.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="COLUMN",
        help=_("refuse data where a product lacks designation, description or photo"),
    )
    train.set_defaults(run=_train, resumes=True)


def _add_parameters(train: argparse.ArgumentParser) -> None:
    train.add_argument(
        "--image-size", type=bounded(int, 32, 1024), help=_("side of the photos in pixels (224)")
    )
    train.add_argument(
        "--epochs", type=bounded(int, 1, 1000), help=_("at most this many passes over the products")
    )
    train.add_argument(
        "--crop", type=bounded(float, 0, 0.9), help=_("fraction to cut from the photos' borders")
    )
    train.add_argument(
        "--augment",
        action="store_const",
        const=True,
        help=_("mirror and shift photos at random while training (wants a GPU)"),
    )
    train.add_argument(
        "--unfreeze",
        type=bounded(int, 0, 1000),
        help=_("train this many of the backbone's last layers (wants a GPU)"),
    )


def _weights(text: str) -> tuple[str, str]:
    from rakuten_core.training.pretrained.backbones import BACKBONES

    name, _equals, path = text.partition("=")
    if name not in BACKBONES or not Path(path).is_file():
        raise argparse.ArgumentTypeError(
            _("expected BACKBONE=FILE with one of {backbones}; received {text}").format(
                backbones=", ".join(BACKBONES), text=repr(text)
            )
        )
    return name, path


def _train(arguments: argparse.Namespace) -> None:
    # Convolutions take a third of the time; TensorFlow uses it by itself on some processors only.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    from rakuten_core.assets import Assets
    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.training.context import Context
    from rakuten_core.training.runner import learn, train

    if arguments.checkpoints_only and not arguments.models:
        raise ModelError(_("--checkpoints-only wants --models."))
    catalog = read_catalog(arguments.data, require=arguments.require)
    if arguments.corrections is not None:
        catalog = _corrected(catalog, arguments.corrections)
    products = catalog.products
    print(
        _("{products} products, {titles} with a title, {photos} with a photo").format(
            products=number(len(products)),
            titles=number((products["designation"] != "").sum()),
            photos=number(products["photo"].notna().sum()),
        )
    )
    names = ("image_size", "epochs", "crop", "augment", "unfreeze", "weights")
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    options = (QUICK if arguments.quick else {}) | given | teaching_options(arguments, products)
    context = Context(catalog, Assets(arguments.assets), arguments.work, arguments.seed, options)
    if arguments.checkpoints_only:
        learn(context, arguments.models)
    else:
        train(context, arguments.models, arguments.force)


def _corrected(catalog: Any, path: Path) -> Any:
    """Return a catalogue with decisions applied, and say what they changed."""
    from rakuten_core.data.corrections import corrected, read_corrections

    found = corrected(catalog, read_corrections(path))
    print(
        _(
            "Decisions: {changed} labels changed, {confirmed} confirmed, {others} products of "
            "other catalogues teach too; {test} are about test products, which stay as they are"
        ).format(
            changed=number(found.changed),
            confirmed=number(found.confirmed),
            others=number(found.others),
            test=number(found.test),
        )
    )
    return found.catalog


def _evaluate(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.errors import ModelError
    from rakuten_core.evaluation.saved import rescore
    from rakuten_core.registry import select
    from rakuten_core.reports.saved_answers import trained_models

    assets = Assets(arguments.assets)
    trained = trained_models(assets)
    chosen = [entry for entry in select(arguments.models) if entry.name in trained]
    for entry in select(arguments.models) if arguments.models else ():
        if entry.name not in trained:
            print(_("{name}: not trained here").format(name=entry.name))
    if arguments.corrections is not None:
        if arguments.data is None:
            raise ModelError(_("Decisions are about products: name their folder with --data."))
        from rakuten_core.data.catalog import read_catalog

        _corrected(read_catalog(arguments.data), arguments.corrections)
    if arguments.against is not None:
        for entry in chosen:
            _compare(assets, Assets(arguments.against), entry.name)
        return
    if not arguments.latency:
        for entry in chosen:
            print(
                _("{name}: weighted F1 {score}").format(
                    name=entry.name, score=score(rescore(assets, entry.name)["all"])
                )
            )
        return
    if arguments.data is None:
        raise ModelError(_("Latency is measured on test products: name their folder with --data."))
    _measure_latencies(arguments, chosen)


def _compare(assets: Any, before: Any, name: str) -> None:
    """Say how a model does beside the same model of another folder."""
    from rakuten_core.errors import AssetError
    from rakuten_core.reports.model_comparison import compare_runs

    try:
        found = compare_runs(before, assets, name)
    except AssetError as error:
        print(_("{name}: not compared. {error}").format(name=name, error=error))
        return
    print(
        _(
            "{name}: weighted F1 {before} before, {after} now, difference {difference} "
            "[{low}, {high}], {rows} test products, p = {p_value}"
        ).format(
            name=name,
            before=decimal(found.before, 4),
            after=decimal(found.after, 4),
            difference=signed(found.test.difference, 4),
            low=signed(found.test.interval[0], 4),
            high=signed(found.test.interval[1], 4),
            rows=number(found.test.rows),
            p_value=decimal(found.test.p_value, 3),
        )
    )


def _measure_latencies(arguments: argparse.Namespace, entries: list[Any]) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.errors import AssetError
    from rakuten_core.training.context import Context
    from rakuten_core.training.runner import latency

    context = Context(read_catalog(arguments.data), Assets(arguments.assets), arguments.work)
    for entry in entries:
        try:
            found = latency(context, entry)
        except AssetError as error:
            print(_("{name}: not measured. {error}").format(name=entry.name, error=error))
            continue
        print(
            _(
                "{name}: median {milliseconds} ms, 95th percentile {milliseconds_95} ms over "
                "{products} test products"
            ).format(
                name=entry.name,
                milliseconds=found["milliseconds"],
                milliseconds_95=found["milliseconds_95"],
                products=found["products"],
            )
        )
