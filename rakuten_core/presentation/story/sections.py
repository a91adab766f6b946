"""The presentation for stakeholders: a dozen sections with figures from `assets/`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError
from rakuten_core.images.measures import variance_kept
from rakuten_core.presentation.charts import (
    box_chart,
    confusion_chart,
    confusions_chart,
    contribution_chart,
    crop_chart,
    gain_chart,
    length_histogram,
    percent,
    published_chart,
    quality_chart,
    share_chart,
    steps_chart,
    target_chart,
    treemap_chart,
)
from rakuten_core.registry import ANSWERING, best
from rakuten_core.reports import confusion, photo_statistics, text_statistics, type_counts
from rakuten_core.reports.model_table import model_table
from rakuten_core.reports.what_helped import ablation
from rakuten_core.taxonomy import CODES, PRODUCT_TYPES, product_type
from rakuten_core.text.language import LANGUAGE_NAMES
from rakuten_core.text.preparation import Vocabulary, prepare, trace

TITLE = "Which shelf does this product belong on?"
_EXAMPLE = ("Une table très jolie!", "Dimensions : 60 x 33 cm")


@dataclass(frozen=True)
class Section:
    """One section: a headline that states the finding, a sentence or two, one figure.

    Attributes:
        headline: what the figure shows.
        words: plain text.
        figure: taken from `assets/`.
        page: file of the page where one can dig.
        page_title: what that page is called.
    """

    headline: str
    words: str
    figure: go.Figure
    page: str
    page_title: str


def sections(assets: Assets, dark: bool = False) -> list[Section]:
    """Return the story's sections in the order of the study.

    Args:
        assets: where models and statistics are.
        dark: whether the page is dark.

    Raises:
        AssetError: a model or a statistic that the story tells of is missing.
    """
    return [
        _problem(assets),
        _data(assets),
        _texts(assets),
        _missing(assets),
        _photos(assets),
        _text_preparation(),
        _photo_preparation(assets),
        _models(assets),
        _against_the_study(assets),
        _best_model(assets),
        _contributions(assets),
        _difficulties(assets, dark),
        _perspectives(assets),
        _conclusion(assets),
    ]


def _problem(assets: Assets) -> Section:
    table = type_counts.target(assets)
    return Section(
        f"Every product needs one of {len(PRODUCT_TYPES)} types",
        "Rakuten France lists products by the million. Search, filters and recommendations need "
        "the product type of each, and nobody can sort them by hand. Title, description and photo "
        "must be enough.",
        treemap_chart(table),
        "data/types.py",
        "Product types",
    )


def _data(assets: Assets) -> Section:
    table = type_counts.target(assets)
    unequal = type_counts.imbalance(table)
    return Section(
        f"The largest type has {unequal.ratio:.0f} times the products of the smallest",
        f"{table['products'].sum():,} labelled products. Always answering "
        f"{product_type(unequal.largest).french} would be right {percent(unequal.accuracy, 0)} of "
        f"the time and score a weighted F1 of {unequal.weighted_f1:.2f}.",
        target_chart(table.sort_values("products", ascending=False)),
        "data/types.py",
        "Product types",
    )


def _texts(assets: Assets) -> Section:
    table = text_statistics.lengths(assets, "title", "words")
    overall = text_statistics.length_quantiles(table).loc[0]
    languages = text_statistics.languages(assets).sum()
    shares = (languages / languages.sum()).head(2)
    spoken = " and ".join(
        f"{percent(part, 0)} {LANGUAGE_NAMES[code]}" for code, part in shares.items()
    )
    return Section(
        f"A title has {overall['median']:.0f} words",
        f"Measured on {overall['products']:,.0f} titles as the challenge ships them: {spoken}, "
        "with HTML and entities inside the descriptions.",
        length_histogram(table, overall, "words"),
        "data/text/page.py",
        "Text",
    )


def _missing(assets: Assets) -> Section:
    found = text_statistics.missing_descriptions(assets)
    total, share = found.loc[0], found.drop(index=0)
    return Section(
        f"{percent(total, 0)} of the products have no description",
        f"{percent(share.max(), 0)} of {product_type(share.idxmax()).french} have none, but only "
        f"{percent(share.min(), 0)} of {product_type(share.idxmin()).french}. There, the title and "
        "the photo carry the answer.",
        share_chart(share, "Products without description"),
        "data/text/page.py",
        "Text",
    )


def _photos(assets: Assets) -> Section:
    quantiles = photo_statistics.photo_quantiles(assets, "white_ratio", "median")
    return Section(
        "How white a photo is already tells something",
        f"{quantiles['photos'].sum():,} photos: {product_type(quantiles.index[0]).french} stand on "
        f"white, {product_type(quantiles.index[-1]).french} fill the frame. White alone does not "
        "decide: the boxes overlap.",
        box_chart(quantiles, "White ratio"),
        "data/images/page.py",
        "Images",
    )


def _text_preparation() -> Section:
    steps = trace(*_EXAMPLE, vocabulary=Vocabulary.from_texts([prepare(*_EXAMPLE)]))
    return Section(
        "Ten steps turn a text into numbers",
        "The study's preparation, carried on. The best text model here reads the text almost as "
        "it is: lower case, no accents, nothing else removed.",
        steps_chart(steps),
        "data/preparation/page.py",
        "Preparation",
    )


def _photo_preparation(assets: Assets) -> Section:
    variance = photo_statistics.moments(assets).variance[len(CODES)]
    return Section(
        "Cutting 20\u202f% from width and height keeps "
        f"{percent(variance_kept(variance, 0.2), 0)} of the variance",
        f"It keeps {percent(0.8**2, 0)} of the pixels. The study cut the borders; the fine-tuned "
        "networks here learn from the whole photo and from its centre, mirrored and not.",
        crop_chart(photo_statistics.crop_curve(variance), 0.2),
        "data/images/page.py",
        "Images",
    )


def _models(assets: Assets) -> Section:
    table = model_table(assets)
    measured = table.dropna(subset=["weighted_f1", "milliseconds"])
    return Section(
        f"{len(measured)} models, one test",
        "From nearest neighbours to fine-tuned networks, on one split of the same products: text "
        "models answer those with a text, image models those with a photo, fusions those with both "
        "or with either.",
        quality_chart(table, "milliseconds", "Milliseconds per product"),
        "models/compare/page.py",
        "Compare models",
    )


def _against_the_study(assets: Assets) -> Section:
    table = model_table(assets)
    fusion = assets.model(ANSWERING)
    measures = fusion.metrics.get("with_both", fusion.metrics["all"])
    published = table.loc[table["reads"] == "fusion", "published"].dropna()
    return Section(
        f"Measured beside published: {measures['weighted_f1']:.3f} for text and photo together",
        f"{ANSWERING} on {measures['rows']:,} test products with text and photo that no model "
        f"saw in training. The study published up to {published.max():.3f} for fusion, on its own "
        "16\u202f% of the complete data; grey marks are its scores.",
        published_chart(table),
        "models/compare/page.py",
        "Compare models",
    )


def _best_model(assets: Assets) -> Section:
    matrix = confusion.confusion_matrix(assets, ANSWERING)
    worst = confusion.strongest_confusions(matrix, 7)
    labels = [
        f"{product_type(row.true).english} → {product_type(row.answered).english}"
        for row in worst.itertuples()
    ]
    return Section(
        f"Its strongest confusion: {labels[0]}",
        f"The seven strongest of {ANSWERING}, as a share of the true type. Neighbours on the "
        "shelf take most of them.",
        confusions_chart(labels, worst["share"]),
        "models/errors/page.py",
        "Where it errs",
    )


def _contributions(assets: Assets) -> Section:
    text, image, fusion = best().values()
    table = confusion.contributions(assets, [text, image, fusion])
    table = table[table["support"] > 0].sort_values(text).head(14)
    helped = int((table[fusion] > table[text]).sum())
    return Section(
        f"Photos raise {helped} of the {len(table)} types that words find hardest",
        "The fourteen types that are hardest for the text alone, each measured on the same test "
        "products by the text model, the image model and both together.",
        contribution_chart(
            table.drop(columns="support"),
            [f"{code} {product_type(code).study_label}" for code in table.index],
        ),
        "models/errors/page.py",
        "Where it errs",
    )


def _difficulties(assets: Assets, dark: bool) -> Section:
    matrix = confusion.confusion_matrix(assets, ANSWERING)
    domains = np.array([product_type(code).domain.name for code in CODES])
    wrong = matrix * (1 - np.eye(len(CODES)))
    inside_domain = wrong[domains[:, None] == domains[None, :]].sum() / max(wrong.sum(), 1)
    inside = confusion.normalise(matrix, "row")
    return Section(
        f"{percent(inside_domain, 0)} of the errors stay inside a domain",
        "Each row is what happens to a product type; squares off the diagonal are errors. Types of "
        "one domain stand side by side: where blocks show, the types overlap.",
        confusion_chart(inside, confusion.order_of_types("domain", matrix), "row", dark),
        "models/errors/page.py",
        "Where it errs",
    )


def _perspectives(assets: Assets) -> Section:
    table = ablation(assets)
    helped = int((table["low"] > 0).sum())
    return Section(
        f"Beyond the study: {helped} of {len(table)} steps helped",
        "Each point is the gain of one step between two recorded models, on the test products that "
        "both answer; a bar that crosses zero shows no difference.",
        gain_chart(table),
        "models/compare/page.py",
        "Compare models",
    )


def _conclusion(assets: Assets) -> Section:
    model = assets.model(ANSWERING)
    table = model_table(assets, "with_both")
    measured = model.latency
    if measured is None:
        raise AssetError(
            f"The latency of {ANSWERING} has not been measured. "
            "Measure it: python -m rakuten_core evaluate --latency --data DIR"
        )
    error = model.metrics["all"]["expected_calibration_error"]
    strongest = table.dropna(subset=["weighted_f1"]).sort_values("weighted_f1").tail(8)
    return Section(
        f"One answer in {measured['milliseconds']:.0f} milliseconds, without a GPU",
        f"The median of {measured['products']} test products with text and photo on "
        f"{measured['hardware']['cores']} cores of {measured['hardware']['processor']}. Text, "
        f"photo or both, with calibrated probabilities (error {error:.3f}). Next: the complete "
        "data, a stronger image network, and a look at the suspicious labels.",
        published_chart(strongest),
        "classify/page.py",
        "Classify a product",
    )
