"""The slides on the models."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.evaluation.certainty import automatic_share
from rakuten_core.language import (
    _,
    clauses,
    listing,
    number,
    percent,
)
from rakuten_core.presentation.charts.look import ACCENT, MODALITY_COLORS, labelled
from rakuten_core.presentation.charts.stage_model_charts import (
    answer_figure,
    automation_figure,
    before_after_figure,
    gains_figure,
    matrix_figure,
    modalities_figure,
)
from rakuten_core.presentation.charts.stage_schemes import Box, scheme_figure
from rakuten_core.presentation.story.slide import LiveProduct, Point, Slide
from rakuten_core.registry import ANSWERING, best, entry
from rakuten_core.reports import (
    confusion,
    published,
)
from rakuten_core.reports.automation import automation_curve
from rakuten_core.reports.text_findings import source_sentence
from rakuten_core.reports.text_statistics import TRAINING_TEXTS
from rakuten_core.reports.what_helped import ablation
from rakuten_core.taxonomy import CODES, product_type

PRECISION = 0.95
"""Of the answers that are to be taken without a look."""


def scores_slide(assets: Assets) -> Slide:
    """Return the slide on scores against the study's, in the current language."""
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
        _("Text, photo, both: {gains} points more").format(
            gains=listing([number(100 * each) for each in gain])
        ),
        _(
            "The study's best as it published them, on its own 16% of the complete data; ours on "
            "test products that no model has seen."
        ),
        _(
            "The two are measured on different products. All models of the study were trained "
            "again here, on the same split as ours: Compare models shows them side by side."
        )
        + " "
        + source_sentence(assets, TRAINING_TEXTS),
        before_after_figure(found, _("the study's best"), _("ours"), _("Weighted F1")),
        page="models/compare/page.py",
    )


def scheme_slide(assets: Assets) -> Slide:
    """Return the slide on how text and photo come together, in the current language."""
    text, photo, both = MODALITY_COLORS["text"], "#9A6A00", ACCENT
    network = entry(best()["image"]).label.removeprefix(labelled(_("Photo"), ""))
    boxes = [
        Box(0.14, 0.88, _("Bag of words"), text),
        Box(0.14, 0.70, _("MobileNetV2"), photo),
        Box(0.42, 0.79, _("Concatenate<br>last layers"), width=0.17),
        Box(0.66, 0.79, _("Dense layers"), width=0.15),
        Box(0.89, 0.79, _("27 types"), both),
        Box(0.14, 0.40, _("Words and phrases"), text, width=0.2, height=0.13),
        Box(0.14, 0.245, _("Language model"), text, width=0.2, height=0.13),
        Box(0.14, 0.09, network, photo, width=0.2, height=0.13),
        Box(0.42, 0.245, _("Probabilities<br>of each"), width=0.17),
        Box(0.66, 0.245, _("Weighed<br>per type"), width=0.15),
        Box(0.89, 0.245, _("27 types and<br>how sure"), both),
    ]
    return Slide(
        "scheme",
        _("Networks side by side became weighed opinions"),
        _("The study joined layers of two networks; we weigh what each model says."),
        _(
            "A stack learns from answers to products that its models never saw. It takes a text, "
            "a photo or both, says how sure it is, and each opinion can be shown."
        ),
        scheme_figure(
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


def confusions_slide(assets: Assets) -> Slide:
    """Return the slide on the strongest confusions, in the current language."""
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
            clauses(
                _("taken for {other}: {before} in the study, {after} now").format(
                    other=_("“{text}”").format(text=product_type(other).label),
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
        matrix_figure(ours, confusion.order_of_types("domain", matrix), told),
        points,
        page="models/errors/page.py",
    )


def modalities_slide(assets: Assets) -> Slide:
    """Return the slide on what each modality gives, in the current language."""
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
        modalities_figure(hardest),
        page="models/errors/page.py",
    )


def perspectives_slide(assets: Assets) -> Slide:
    """Return the slide on the study's perspectives, measured, in the current language."""
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
        gains_figure(table, _("Gain in weighted F1")),
        page="models/compare/page.py",
    )


def automation_slide(assets: Assets) -> Slide:
    """Return the slide on how much can be automated, in the current language."""
    curve = automation_curve(assets, ANSWERING)
    share = automatic_share(curve, PRECISION)
    return Slide(
        "automation",
        _("{share} of the catalogue sorts itself").format(share=percent(share, 0)),
        _(
            "On {count} test products: the surest answers are taken, the others are looked at."
        ).format(count=number(curve["products"].iloc[-1])),
        _(
            "At {precision} right answers, people look at the other {rest} only. The limit is a "
            "choice: more automation, or fewer errors."
        ).format(precision=percent(PRECISION, 0), rest=percent(1 - share, 0)),
        automation_figure(curve, PRECISION, share),
        page="catalogue/automation/page.py",
    )


def live_slide(live: LiveProduct) -> Slide:
    """Return the slide that shows the classifier at work, in the current language."""
    return Slide(
        "live",
        _("Live: what is this?"),
        _("“{text}”").format(text=live.title)
        if live.title
        else _("A photo alone, without a text."),
        _(
            "Answered just now, in {time} ms, on this machine. The page Classify shows why, and "
            "takes a photo from the room."
        ).format(time=number(live.milliseconds)),
        answer_figure(live.picture, live.ranking),
        page="classify/page.py",
    )
