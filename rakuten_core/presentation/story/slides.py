"""The talk for stakeholders: one finding per slide, all figures from `assets/`."""

from __future__ import annotations

import math
from collections.abc import Callable

from rakuten_core.assets import Assets
from rakuten_core.data.catalog import CHALLENGE_PRODUCTS
from rakuten_core.language import (
    _,
    decimal,
    number,
    percent,
)
from rakuten_core.presentation.story.data_slides import (
    generator_slide,
    languages_slide,
    lengths_slide,
    missing_slide,
    steps_slide,
    target_slide,
    variance_slide,
    white_slide,
    words_slide,
)
from rakuten_core.presentation.story.model_slides import (
    automation_slide,
    confusions_slide,
    modalities_slide,
    perspectives_slide,
    scheme_slide,
    scores_slide,
)
from rakuten_core.presentation.story.slide import Point, Slide
from rakuten_core.registry import ANSWERING
from rakuten_core.taxonomy import PRODUCT_TYPES, product_type


def slides(assets: Assets) -> list[Slide]:
    """Return the talk in the order of the study, in the current language.

    Args:
        assets: where models and statistics are.

    Raises:
        AssetError: a model or a statistic that the talk tells of is missing.
    """
    made: list[Callable[[Assets], Slide]] = [
        _opening,
        target_slide,
        lengths_slide,
        languages_slide,
        missing_slide,
        words_slide,
        white_slide,
        variance_slide,
        steps_slide,
        generator_slide,
        scores_slide,
        scheme_slide,
        confusions_slide,
        modalities_slide,
        _difficulties,
        perspectives_slide,
        automation_slide,
        _conclusion,
        _quotation,
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


def _difficulties(assets: Assets) -> Slide:
    return Slide(
        "difficulties",
        _("What was hard, and what solved it"),
        _("The study's difficulties, and those that came after."),
        _("None of these needs a GPU any more to answer."),
        points=(
            Point(
                _("{count} photos do not fit into memory").format(count=number(CHALLENGE_PRODUCTS)),
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


def _conclusion(assets: Assets) -> Slide:
    by_type = assets.model(ANSWERING).metrics["all"]["by_type"]
    scores = {int(code): each["f1"] for code, each in by_type.items() if each["support"]}
    lowest = min(scores, key=lambda code: scores[code])
    latency = assets.model(ANSWERING).latency
    points = [
        Point(
            _("Every type above {share} of F1").format(
                share=percent(math.floor(100 * scores[lowest]) / 100, 0)
            ),
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


def _quotation(_assets: Assets) -> Slide:
    return Slide(
        "quotation",
        _(
            "“We continue to believe that the digital world has the potential to improve the life "
            "of each of us.”"
        ),
        _("“Forget fear. Embrace optimism.”"),
        _("The study of December 2022 closes with this quotation, in French."),
        points=(Point("Hiroshi Mikitani", _("Founder and chief executive of Rakuten")),),
    )
