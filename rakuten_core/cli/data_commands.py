"""Commands about the data: `sample`, `explore`, `labels`, `explanations` and `vectors`."""

from __future__ import annotations

import argparse
from pathlib import Path

from rakuten_core.cli.arguments import add_data, add_unlabelled, bounded, teaching_options
from rakuten_core.language import _, decimal, number, percent


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add this group's commands."""
    sample = commands.add_parser("sample", help=_("write a tiny made-up catalogue"))
    sample.add_argument("directory", type=Path, metavar="DIR", help=_("a new folder"))
    sample.add_argument(
        "--per-type", type=bounded(int, 1, 1000), default=14, help=_("products of each type (14)")
    )
    sample.add_argument("--seed", type=int, default=0)
    sample.set_defaults(run=_sample)

    explore = commands.add_parser("explore", help=_("compute what the exploration pages show"))
    add_data(explore)
    explore.add_argument(
        "--parts",
        help=_("of target,text,images,channels (the first three; channels needs trained models)"),
    )
    explore.add_argument(
        "--white",
        type=bounded(int, 1, 255),
        default=250,
        help=_("level that counts as white (250)"),
    )
    explore.set_defaults(run=_explore, resumes=True)

    labels = commands.add_parser("labels", help=_("rank products whose category is probably wrong"))
    add_data(labels)
    add_unlabelled(labels)
    labels.add_argument("--check", action="store_true", help=_("also corrupt labels and find them"))
    labels.set_defaults(run=_labels, resumes=True)

    explanations = commands.add_parser(
        "explanations", help=_("measure whether the reasons matter, on test products")
    )
    add_data(explanations)
    explanations.add_argument(
        "--products", type=bounded(int, 1, 5000), default=300, help=_("test products (300)")
    )
    explanations.set_defaults(run=_explanations)

    vectors = commands.add_parser(
        "vectors", help=_("compute who is like whom, what is like nothing, and the map")
    )
    add_data(vectors)
    vectors.set_defaults(run=_vectors, resumes=True)


def _vectors(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.training.context import Context
    from rakuten_core.training.product_vectors import compute_vectors

    found = compute_vectors(
        Context(read_catalog(arguments.data), Assets(arguments.assets), arguments.work)
    )
    for part in ("texts", "photos"):
        if row := found.get(part):
            print(
                _(
                    "{part}: the nearest product is of the same type for {share} of {test} test "
                    "products; {far} of them are called far"
                ).format(
                    part=part,
                    share=percent(row["same_type"]),
                    test=number(row["test"]),
                    far=percent(row["called_far"]),
                )
            )
    row = found["outsiders"]
    print(
        _(
            "Made-up products of other types: {products}; AUROC {auroc} against {test} test "
            "products, {far} called far"
        ).format(
            products=number(row["products"]),
            auroc=decimal(row["auroc"], 3),
            test=number(row["test"]),
            far=percent(row["called_far"]),
        )
    )


def _explanations(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.training.deletions import measure_deletions

    found = measure_deletions(
        read_catalog(arguments.data), Assets(arguments.assets), arguments.products
    )
    for part in ("words", "photo"):
        row = found[part]
        print(
            _(
                "{part}: without the strongest the log-odds fall by {strongest}, without random "
                "ones by {random}; the strongest cost more for {share} of {products} test products"
            ).format(
                part=part,
                strongest=decimal(row["strongest"], 2),
                random=decimal(row["random"], 2),
                share=percent(row["costs_more"]),
                products=number(row["products"]),
            )
        )


def _sample(arguments: argparse.Namespace) -> None:
    from rakuten_core.data.sample import write_sample

    products = write_sample(arguments.directory, arguments.per_type, seed=arguments.seed)
    print(
        _("Wrote {products} products of 27 types to {directory}").format(
            products=number(products), directory=arguments.directory
        )
    )
    print(
        _(
            "Try the training: python -m rakuten_core train --quick --data {directory} "
            "--models fusion_clip --assets work/assets"
        ).format(directory=arguments.directory)
    )


def _explore(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import DATA_PARTS, STATISTICS_FOLDER, Assets
    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.training.exploration import explore

    assets = Assets(arguments.assets)
    parts = arguments.parts.split(",") if arguments.parts else DATA_PARTS
    explore(read_catalog(arguments.data), assets, arguments.work, parts, arguments.white)
    print(
        _("Wrote the statistics of {parts} to {folder}").format(
            parts=", ".join(parts), folder=assets.root / STATISTICS_FOLDER
        )
    )


def _labels(arguments: argparse.Namespace) -> None:
    from rakuten_core.assets import Assets
    from rakuten_core.data.catalog import read_catalog
    from rakuten_core.training.context import Context
    from rakuten_core.training.label_ranking import (
        check_on_corrupted_labels,
        find_suspicious_labels,
    )

    catalog = read_catalog(arguments.data)
    options = teaching_options(arguments, catalog.products)
    context = Context(catalog, Assets(arguments.assets), arguments.work, options=options)
    if arguments.check:
        for row in check_on_corrupted_labels(context):
            print(
                _(
                    "{count} most suspicious: {precision} were corrupted, {recall} of all corrupted"
                ).format(
                    count=number(row["looked_at"]),
                    precision=percent(row["precision"]),
                    recall=percent(row["recall"]),
                )
            )
    print(
        _("Wrote {count} suspicious labels").format(count=number(find_suspicious_labels(context)))
    )
