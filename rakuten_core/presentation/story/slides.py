"""The talk for stakeholders: one finding per slide, all figures from `assets/`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image

from rakuten_core.assets import Assets
from rakuten_core.language import (
    _,
    decimal,
    language_name,
    listing,
    number,
    percent,
)
from rakuten_core.presentation.charts import stage, word_cloud
from rakuten_core.registry import ANSWERING, best, entry
from rakuten_core.reports import (
    confusion,
    photo_statistics,
    published,
    text_statistics,
    type_counts,
)
from rakuten_core.reports.automation import automatic_share, automation_curve
from rakuten_core.reports.what_helped import ablation
from rakuten_core.taxonomy import CODES, PRODUCT_TYPES, ProductType, product_type
from rakuten_core.text.preparation import Vocabulary, prepare, trace

PRECISION = 0.95
"""Of the answers that are to be taken without a look."""
STUDY_PRODUCTS = 84_916
_EXAMPLE = ("Une table très jolie!", "Dimensions : 60 x 33 cm")
_CROP = 0.2


@dataclass(frozen=True)
class LiveProduct:
    """An example that was classified for the slide.

    Attributes:
        title: its French title.
        picture: its photo or drawing, or None.
        ranking: product types with their probabilities, best first.
        milliseconds: that the answer took.
    """

    title: str
    picture: Image.Image | None
    ranking: Sequence[tuple[ProductType, float]]
    milliseconds: float


@dataclass(frozen=True)
class Point:
    """One of a few points that a slide makes in words: what, and what came of it."""

    what: str
    result: str


@dataclass(frozen=True)
class Slide:
    """One slide: a headline that states the finding, and what shows it.

    Attributes:
        key: its name in the address.
        headline: the finding.
        words: a sentence below it.
        notes: what the speaker says.
        figure: drawn for the stage; None where points say it.
        points: said in words, beside the figure or instead of it.
        page: file of the page where one can dig; None where there is none.
    """

    key: str
    headline: str
    words: str
    notes: str
    figure: go.Figure | None = None
    points: tuple[Point, ...] = ()
    page: str | None = None


def slides(assets: Assets) -> list[Slide]:
    """Return the talk in the order of the study, in the current language.

    Args:
        assets: where models and statistics are.

    Raises:
        AssetError: a model or a statistic that the talk tells of is missing.
    """
    made: list[Callable[[Assets], Slide]] = [
        _opening,
        _target,
        _lengths,
        _languages,
        _missing,
        _words,
        _white,
        _variance,
        _steps,
        _generator,
        _scores,
        _scheme,
        _confusions,
        _modalities,
        _difficulties,
        _perspectives,
        _automation,
        _conclusion,
    ]
    return [make(assets) for make in made]


def _measures(assets: Assets) -> dict:
    metrics = assets.model(ANSWERING).metrics
    return metrics.get("with_both", metrics["all"])


def _opening(assets: Assets) -> Slide:
    measures = _measures(assets)
    return Slide(
        "opening",
        _("Which shelf does this product belong on?"),
        _("A French title, a description, a photo: one of {count} product types.").format(
            count=len(PRODUCT_TYPES)
        ),
        _(
            "Rakuten France lists products by the million. Search, filters and recommendations "
            "need the product type of each, and nobody can sort them by hand. We carry on a study "
            "of December 2022."
        ),
        points=(
            Point(decimal(measures["weighted_f1"], 3), _("weighted F1, text and photo")),
            Point(percent(measures["top3_accuracy"]), _("right type among the first three")),
            Point(
                number(measures["rows"]),
                _("test products that no model has seen"),
            ),
        ),
    )


def _target(assets: Assets) -> Slide:
    table = type_counts.target(assets)
    unequal = type_counts.imbalance(table)
    told = [unequal.largest, unequal.smallest]
    labels = [
        f"{product_type(code).label}<br><b>{number(table.loc[code, 'products'])}</b>"
        for code in told
    ]
    return Slide(
        "target",
        _("The largest type is {ratio} times the smallest").format(ratio=number(unequal.ratio)),
        _("{count} labelled products, {types} types.").format(
            count=number(table["products"].sum()), types=len(PRODUCT_TYPES)
        ),
        _(
            "Always answering “{type}” would be right {share} of the time, with a weighted F1 of "
            "{score}: what any model must beat. That is why the measure is weighted F1."
        ).format(
            type=product_type(unequal.largest).label,
            share=percent(unequal.accuracy, 0),
            score=decimal(unequal.weighted_f1, 2),
        ),
        stage.columns_figure(table["products"], labels, told, _("Products")),
        page="data/types.py",
    )


def _lengths(assets: Assets) -> Slide:
    table = text_statistics.lengths(assets, "title", "words")
    overall = text_statistics.length_quantiles(table).loc[0]
    return Slide(
        "lengths",
        _("A title has {count} words").format(count=number(overall["median"])),
        _("Counted on {count} titles as the challenge ships them.").format(
            count=number(overall["products"])
        ),
        _(
            "Short texts full of names: every word counts. Descriptions run from nothing to "
            "thousands of words, with HTML and entities in them."
        ),
        stage.distribution_figure(table, overall, _("Words per title")),
        page="data/text/page.py",
    )


def _languages(assets: Assets) -> Slide:
    totals = text_statistics.languages(assets).sum()
    shares = (totals / totals.sum()).sort_values(ascending=False)
    parts = [(language_name(code), float(shares[code])) for code in shares.index[:2]]
    rest = 1 - sum(part for _name, part in parts)
    other = 1 - float(shares.get("fr", 0))
    return Slide(
        "languages",
        _("{share} of the texts are not in French").format(share=percent(other, 0)),
        _("The language of {count} texts, as detected.").format(count=number(totals.sum())),
        _(
            "The study translated them to French. Our sentence encoder learnt a hundred "
            "languages before it saw the catalogue: nothing is translated any more."
        ),
        stage.parts_figure([*parts, (_("other or none"), rest)], 0),
        page="data/text/page.py",
    )


def _missing(assets: Assets) -> Slide:
    found = text_statistics.missing_descriptions(assets)
    total, share = found.loc[0], found.drop(index=0)
    most, least = share.idxmax(), share.idxmin()
    labels = [
        f"{product_type(code).label}<br><b>{percent(share[code], 0)}</b>" for code in (most, least)
    ]
    return Slide(
        "missing",
        _("{share} of the products have no description").format(share=percent(total, 0)),
        _("Second-hand goods have it least."),
        _(
            "Where the description is missing, the title and the photo carry the answer. Every "
            "model here takes what there is: a text, a photo, or both."
        ),
        stage.columns_figure(share, labels, [most, least], _("Without description"), share=True),
        page="data/text/page.py",
    )


def _words(assets: Assets) -> Slide:
    pictures = []
    for code in (2583, 1160):
        kind = product_type(code)
        words = text_statistics.typical_words(assets, (code,), most=45)["keyness"].to_dict()
        pictures.append((kind.label, word_cloud(words, kind.domain.color, size=(1100, 760))))
    return Slide(
        "words",
        _("Its words give a product away"),
        _("The words that set two types apart from all others; the larger, the more typical."),
        _(
            "After preparation the words of a type are its own. Where two types share their "
            "words, as new and second-hand books do, the text alone does not decide."
        ),
        stage.pictures_figure(pictures),
        page="data/text/page.py",
    )


def _white(assets: Assets) -> Slide:
    table = photo_statistics.photo_quantiles(assets, "white_ratio", "median")
    told = [int(table.index[0]), int(table.index[-1])]
    return Slide(
        "white",
        _("How white a photo is already tells something"),
        _("Share of white pixels in {count} photos: the middle half, and 5% to 95%.").format(
            count=number(table["photos"].sum())
        ),
        _(
            "“{high}” stand on white, “{low}” fill the frame. The boxes overlap: white alone does "
            "not decide, but a photo says more than what it shows."
        ).format(high=product_type(told[0]).label, low=product_type(told[1]).label),
        stage.boxes_figure(table, told, _("White ratio")),
        page="data/images/page.py",
    )


def _variance(assets: Assets) -> Slide:
    variance = photo_statistics.moments(assets).variance[len(CODES)]
    kept = photo_statistics.variance_kept(variance, _CROP)
    return Slide(
        "variance",
        _("The borders say little"),
        _("Where photos differ from each other (dark), and the frame that a crop of 20% keeps."),
        _(
            "The study cut the borders because photos hardly differ there. Our fine-tuned "
            "networks learn from the whole photo and from its middle, mirrored and not."
        ),
        stage.mask_figure(variance, _CROP, kept),
        page="data/images/page.py",
    )


def _steps(assets: Assets) -> Slide:
    steps = trace(*_EXAMPLE, vocabulary=Vocabulary.from_texts([prepare(*_EXAMPLE)]))
    rows = [
        (
            _(step.label),
            step.text if step.indexes is None else ", ".join(str(index) for index in step.indexes),
        )
        for step in steps
    ]
    return Slide(
        "steps",
        _("Ten steps turn a text into numbers"),
        _("The study's preparation, carried on word by word."),
        _(
            "The linear models still read prepared words. The sentence encoder reads the text "
            "almost as it is: capitals, accents and small words carry meaning."
        ),
        stage.rows_figure(rows, [len(rows) - 1]),
        page="data/preparation/page.py",
    )


def _generator(assets: Assets) -> Slide:
    pixels = 500 * 500 * 3
    boxes = [
        stage.Box(0.09, 0.5, _("Photos on disk"), width=0.16),
        stage.Box(0.30, 0.5, _("Read and<br>decode"), width=0.14),
        stage.Box(0.49, 0.5, _("Crop, resize,<br>mirror"), width=0.15),
        stage.Box(0.69, 0.5, _("Scale for<br>the network"), width=0.15),
        stage.Box(0.90, 0.5, _("A batch of 32"), stage.ACCENT, width=0.17),
    ]
    return Slide(
        "generator",
        _("All photos take {size} GB, a batch {batch} MB").format(
            size=number(STUDY_PRODUCTS * pixels / 1e9), batch=number(32 * pixels / 1e6)
        ),
        _("Photos stream to the networks in batches, and are never all in memory."),
        _(
            "The study wrote a generator for it. Here it is `tf.data`: it reads ahead while the "
            "network learns. What frozen layers make of a photo is computed once and kept."
        ),
        stage.scheme_figure(
            boxes,
            [(0, 1), (1, 2), (2, 3), (3, 4)],
            [
                (
                    0.82,
                    _("{count} photos of 500 x 500 pixels").format(count=number(STUDY_PRODUCTS)),
                )
            ],
        ),
        page="data/preparation/page.py",
    )


def _scores(assets: Assets) -> Slide:
    rows = []
    for modality, name in best().items():
        theirs = published.best_weighted_f1(modality)
        metrics = assets.model(name).metrics
        ours = metrics.get("with_both", metrics["all"]) if modality == "fusion" else metrics["all"]
        label = {"text": _("Text"), "image": _("Photo"), "fusion": _("Both")}[modality]
        rows.append({"label": label, "before": theirs, "after": ours["weighted_f1"]})
    found = pd.DataFrame(rows)
    gain = found["after"] - found["before"]
    return Slide(
        "scores",
        _("Text, photo, both: {gains} points of F1 more").format(
            gains=listing([number(100 * each) for each in gain])
        ),
        _(
            "The study's best as it published them, on its own 16% of the complete data; ours on "
            "test products that no model has seen."
        ),
        _(
            "The two are measured on different products: ours are fewer, and a part has shortened "
            "texts. All models of the study were trained again here, on the same split as ours: "
            "Compare models shows them side by side."
        ),
        stage.before_after_figure(found, _("the study's best"), _("ours"), _("Weighted F1")),
        page="models/compare/page.py",
    )


def _scheme(assets: Assets) -> Slide:
    text, photo, both = (
        stage.MODALITY_COLORS["text"],
        "#9A6A00",
        stage.ACCENT,
    )
    network = entry(best()["image"]).label.removeprefix(f"{_('Photo')}{_(': ')}")
    boxes = [
        stage.Box(0.14, 0.88, _("Bag of words"), text),
        stage.Box(0.14, 0.70, _("MobileNetV2"), photo),
        stage.Box(0.42, 0.79, _("Concatenate<br>last layers"), width=0.17),
        stage.Box(0.66, 0.79, _("Dense layers"), width=0.15),
        stage.Box(0.89, 0.79, _("27 types"), both),
        stage.Box(0.14, 0.40, _("Words and phrases"), text, width=0.2, height=0.13),
        stage.Box(0.14, 0.245, _("Language model"), text, width=0.2, height=0.13),
        stage.Box(0.14, 0.09, network, photo, width=0.2, height=0.13),
        stage.Box(0.42, 0.245, _("Probabilities<br>of each"), width=0.17),
        stage.Box(0.66, 0.245, _("Weighed<br>per type"), width=0.15),
        stage.Box(0.89, 0.245, _("27 types,<br>how sure"), both),
    ]
    return Slide(
        "scheme",
        _("Networks side by side became opinions weighed"),
        _("The study joined layers of two networks; we join what models say, with what is there."),
        _(
            "A stack learns from answers to products that its models never saw. It takes a text, "
            "a photo or both, says how sure it is, and each opinion can be shown."
        ),
        stage.scheme_figure(
            boxes,
            [(0, 2), (1, 2), (2, 3), (3, 4), (5, 8), (6, 8), (7, 8), (8, 9), (9, 10)],
            [(1.0, _("The study, 2022")), (0.54, _("Ours"))],
        ),
        page="models/compare/page.py",
    )


_STUDY_FINDINGS = (
    (10, (2705, 2403)),
    (40, (10, 2462)),
    (1280, (1281, 1140)),
)


def _confusions(assets: Assets) -> Slide:
    theirs = confusion.normalise(
        confusion.confusion_matrix(assets, confusion.PUBLISHED_MATRIX), "row"
    )
    ours = confusion.normalise(confusion.confusion_matrix(assets, ANSWERING), "row")
    told = [(true, other) for true, others in _STUDY_FINDINGS for other in others]

    def share(matrix: np.ndarray, true: int, other: int) -> str:
        return percent(matrix[CODES.index(true), CODES.index(other)], 0)

    points = tuple(
        Point(
            product_type(true).label,
            "; ".join(
                _("taken for {other}: {before} in the study, {after} now").format(
                    other=f"“{product_type(other).label}”",
                    before=share(theirs, true, other),
                    after=share(ours, true, other),
                )
                for other in others
            ),
        )
        for true, others in _STUDY_FINDINGS
    )
    domains = np.array([product_type(code).domain.name for code in CODES])
    matrix = confusion.confusion_matrix(assets, ANSWERING)
    wrong = matrix * (1 - np.eye(len(CODES)))
    inside = wrong[domains[:, None] == domains[None, :]].sum() / max(wrong.sum(), 1)
    return Slide(
        "confusions",
        _("Neighbours on the shelf are taken for each other"),
        _("What our model answers (columns) to each type (rows); framed: the study's findings."),
        _(
            "{share} of our errors stay inside one of the seven domains, as the study expected. "
            "New or second-hand, a set or a single book: often only the seller knows."
        ).format(share=percent(inside, 0)),
        stage.matrix_figure(ours, confusion.order_of_types("domain", matrix), told),
        points,
        page="models/errors/page.py",
    )


def _modalities(assets: Assets) -> Slide:
    names = best()
    table = confusion.contributions(assets, list(names.values()))
    table = table[table["support"] > 0].drop(columns="support")
    table.columns = list(names)
    hardest = table.sort_values("text").head(8)
    helped = int((hardest["fusion"] > hardest["text"]).sum())
    return Slide(
        "modalities",
        _("Photos help {count} of the {all} types hardest for words").format(
            count=helped, all=len(hardest)
        ),
        _("F1 of text, photo and both on the same test products."),
        _(
            "The study found the same: fusion helps most where the text fails. A photo alone is "
            "right less often than a text, but it errs elsewhere."
        ),
        stage.modalities_figure(hardest),
        page="models/errors/page.py",
    )


def _difficulties(assets: Assets) -> Slide:
    return Slide(
        "difficulties",
        _("What was hard, and what solved it"),
        _("The study's difficulties, and those that came after."),
        _("Each of these cost days. None of them needs a GPU any more to answer."),
        points=(
            Point(
                _("{count} photos do not fit into memory").format(count=number(STUDY_PRODUCTS)),
                _("Batches that stream, and features that are computed once."),
            ),
            Point(
                _("GPUs were scarce"),
                _("Pre-trained networks whose last layers alone learn, on two cores."),
            ),
            Point(
                _("Networks are slow to answer"),
                _("Weights in 8 bits and a runtime made for processors."),
            ),
            Point(
                _("Models were too sure"),
                _("Probabilities calibrated on products held out."),
            ),
            Point(
                _("Some labels are wrong"),
                _("Confident learning ranks them for a person to check."),
            ),
        ),
    )


def _perspectives(assets: Assets) -> Slide:
    table = ablation(assets)
    table = table.dropna(subset=["perspective"]).assign(label=table["perspective"])
    table = table.sort_values("gain", ascending=False)
    helped = int((table["low"] > 0).sum())
    return Slide(
        "perspectives",
        _("The study's ideas, tried: {count} of {all} helped").format(count=helped, all=len(table)),
        _("Gain of each step in weighted F1 on the same test products, with its 95% interval."),
        _(
            "What the study wanted to do next, and what it gave when we did it. Where the "
            "interval crosses zero, these products cannot show a difference."
        ),
        stage.gains_figure(table, _("Gain in weighted F1")),
        page="models/compare/page.py",
    )


def _automation(assets: Assets) -> Slide:
    curve = automation_curve(assets, ANSWERING)
    share = automatic_share(curve, PRECISION)
    return Slide(
        "automation",
        _("{share} of the catalogue sorts itself").format(share=percent(share, 0)),
        _(
            "On {count} test products: the surest answers are taken, the others are looked at."
        ).format(count=number(len(curve))),
        _(
            "At {precision} right answers, people look at the other {rest} only. The limit is a "
            "choice: more automation, or fewer errors."
        ).format(precision=percent(PRECISION, 0), rest=percent(1 - share, 0)),
        stage.automation_figure(curve, PRECISION, share),
        page="models/compare/page.py",
    )


def live_slide(live: LiveProduct) -> Slide:
    """Return the slide that shows the classifier at work, in the current language."""
    return Slide(
        "live",
        _("Live: what is this?"),
        f"« {live.title} »" if live.title else _("A photo alone, without a text."),
        _(
            "Answered just now, in {time} ms, on this machine. The page Classify shows why, and "
            "takes a photo from the room."
        ).format(time=number(live.milliseconds)),
        stage.answer_figure(live.picture, live.ranking),
        page="classify/page.py",
    )


def _conclusion(assets: Assets) -> Slide:
    by_type = assets.model(ANSWERING).metrics["all"]["by_type"]
    scores = {int(code): each["f1"] for code, each in by_type.items() if each["support"]}
    lowest = min(scores, key=lambda code: scores[code])
    latency = assets.model(ANSWERING).latency
    points = [
        Point(
            _("Every type above {share} of F1").format(share=percent(scores[lowest], 0)),
            _("The study: above 54%. The hardest is now “{type}”.").format(
                type=product_type(lowest).label
            ),
        ),
        Point(
            _("{count} of {all} types above 90%").format(
                count=sum(score > 0.9 for score in scores.values()), all=len(scores)
            ),
            _("The study: one in three."),
        ),
    ]
    if latency is not None:
        points.append(
            Point(
                _("{time} ms for an answer, without a GPU").format(
                    time=number(latency["milliseconds"])
                ),
                _("The median over {count} test products, on {cores} cores.").format(
                    count=number(latency["products"]), cores=latency["hardware"]["cores"]
                ),
            )
        )
    return Slide(
        "conclusion",
        _("Text and photo together know the shelf"),
        _("The study's conclusion holds, and goes further."),
        _(
            "Source of the study's figures: the report of December 2022 on the challenge Rakuten "
            "France Multimodal Product Data Classification. Next: the complete data, and people "
            "who check what the model is not sure of."
        ),
        points=tuple(points),
    )
