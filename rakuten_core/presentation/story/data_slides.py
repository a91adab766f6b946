"""The slides on the catalogue and its preparation."""

from __future__ import annotations

from rakuten_core.assets import Assets
from rakuten_core.data.catalog import CHALLENGE_PRODUCTS
from rakuten_core.language import (
    _,
    decimal,
    language_name,
    number,
    percent,
)
from rakuten_core.presentation.charts import word_cloud
from rakuten_core.presentation.charts.look import ACCENT
from rakuten_core.presentation.charts.stage_data_charts import (
    boxes_figure,
    columns_figure,
    distribution_figure,
    mask_figure,
    parts_figure,
    pictures_figure,
)
from rakuten_core.presentation.charts.stage_schemes import Box, rows_figure, scheme_figure
from rakuten_core.presentation.story.slide import Slide
from rakuten_core.reports import (
    photo_statistics,
    text_findings,
    text_statistics,
    type_counts,
)
from rakuten_core.taxonomy import CODES, PRODUCT_TYPES, product_type
from rakuten_core.text.preparation import Vocabulary, prepare, trace

_EXAMPLE = ("Une table très jolie!", "Dimensions : 60 x 33 cm")
_CROP = 0.2


def target_slide(assets: Assets) -> Slide:
    """Return the slide on how unequal the product types are, in the current language."""
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
        columns_figure(table["products"], labels, told, _("Products")),
        page="data/types.py",
    )


def lengths_slide(assets: Assets) -> Slide:
    """Return the slide on how long titles are, in the current language."""
    table = text_statistics.lengths(assets, "title", "words")
    overall = text_statistics.length_quantiles(table).loc[0]
    descriptions = text_statistics.lengths(assets, "description", "words")
    return Slide(
        "lengths",
        _("A title has {count} words").format(count=number(overall["median"])),
        text_findings.source_sentence(assets),
        _(
            "Short texts full of names: every word counts. Descriptions run from nothing to "
            "{most} words, with HTML and entities in them."
        ).format(most=number(descriptions["value"].max())),
        distribution_figure(table, overall, _("Words per title")),
        page="data/text/page.py",
    )


def languages_slide(assets: Assets) -> Slide:
    """Return the slide on the languages of the texts, in the current language."""
    totals = text_statistics.languages(assets).sum()
    shares = (totals / totals.sum()).sort_values(ascending=False)
    parts = [(language_name(code), float(shares[code])) for code in shares.index[:2]]
    rest = 1 - sum(part for _name, part in parts)
    french = float(shares.get("fr", 0))
    return Slide(
        "languages",
        _("{share} of the texts are in French").format(share=percent(french, 0)),
        _("The language of {count} texts, as detected.").format(count=number(totals.sum())),
        _(
            "The study translated them to French. Our sentence encoder learnt a hundred "
            "languages before it saw the catalogue: nothing is translated any more."
        ),
        parts_figure([*parts, (_("other or none"), rest)], [1, 2]),
        page="data/text/page.py",
    )


def missing_slide(assets: Assets) -> Slide:
    """Return the slide on missing descriptions, in the current language."""
    found = text_statistics.missing_descriptions(assets)
    total, share = found.loc[0], found.drop(index=0)
    most, least = share.idxmax(), share.idxmin()
    labels = [
        f"{product_type(code).label}<br><b>{percent(share[code], 0)}</b>" for code in (most, least)
    ]
    return Slide(
        "missing",
        _("{share} of the products have no description").format(share=percent(total, 0)),
        _("“{most}” lack it most often, “{least}” least often.").format(
            most=product_type(most).label, least=product_type(least).label
        ),
        _(
            "Where the description is missing, the title and the photo carry the answer. The "
            "classifier takes what there is: a text, a photo, or both."
        ),
        columns_figure(share, labels, [most, least], _("Without description"), share=True),
        page="data/text/page.py",
    )


def words_slide(assets: Assets) -> Slide:
    """Return the slide on typical words of two types, in the current language."""
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
        pictures_figure(pictures),
        page="data/text/page.py",
    )


def white_slide(assets: Assets) -> Slide:
    """Return the slide on how white photos are, in the current language."""
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
        boxes_figure(table, told, _("White ratio")),
        page="data/images/page.py",
    )


def variance_slide(assets: Assets) -> Slide:
    """Return the slide on where photos differ, in the current language."""
    variance = photo_statistics.moments(assets).variance[len(CODES)]
    kept = photo_statistics.variance_kept(variance, _CROP)
    return Slide(
        "variance",
        _("Photos differ more in their middle"),
        _("Where photos differ from each other (dark), and the frame that a crop of 20% keeps."),
        _(
            "The study cut the borders because photos differ less there. Our fine-tuned "
            "networks learn from the whole photo and from its middle, mirrored and not."
        ),
        mask_figure(variance, _CROP, kept),
        page="data/images/page.py",
    )


def steps_slide(assets: Assets) -> Slide:
    """Return the slide on the ten steps of the text's preparation, in the current language."""
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
            "The study's models read these words. Ours read the text almost as it is, with its "
            "small words and word parts: they carry meaning too."
        ),
        rows_figure(rows, [len(rows) - 1]),
        page="data/preparation/page.py",
    )


def generator_slide(assets: Assets) -> Slide:
    """Return the slide on how photos stream to a network, in the current language."""
    pixels = 500 * 500 * 3
    boxes = [
        Box(0.09, 0.5, _("Photos on disk"), width=0.16),
        Box(0.30, 0.5, _("Read and<br>decode"), width=0.14),
        Box(0.49, 0.5, _("Crop, resize,<br>mirror"), width=0.15),
        Box(0.69, 0.5, _("Scale for<br>the network"), width=0.15),
        Box(0.90, 0.5, _("A batch of 32"), ACCENT, width=0.17),
    ]
    return Slide(
        "generator",
        _("All photos take {size} GB, a batch {batch} MB").format(
            size=number(CHALLENGE_PRODUCTS * pixels / 1e9), batch=number(32 * pixels / 1e6)
        ),
        _("Photos stream to the networks in batches, and are never all in memory."),
        _(
            "The study wrote a generator for it. Here it is `tf.data`: it reads ahead while the "
            "network learns. What frozen layers make of a photo is computed once and kept."
        ),
        scheme_figure(
            boxes,
            [(0, 1), (1, 2), (2, 3), (3, 4)],
            [
                (
                    0.82,
                    _("{count} photos of 500 x 500 pixels").format(
                        count=number(CHALLENGE_PRODUCTS)
                    ),
                )
            ],
        ),
        page="data/preparation/page.py",
    )
