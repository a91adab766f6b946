"""The presentation for stakeholders: a dozen sections with figures from `assets/`, and exports."""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from rakuten_core.assets import Assets
from rakuten_core.errors import StoryError
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
from rakuten_core.registry import BEST
from rakuten_core.reports import results, statistics
from rakuten_core.reports.what_helped import ablation
from rakuten_core.taxonomy import CODES, PRODUCT_TYPES, product_type
from rakuten_core.text.language import LANGUAGE_NAMES
from rakuten_core.text.preparation import Vocabulary, prepare, trace

TITLE = "Which shelf does this product belong on?"
_EXAMPLE = ("Une table très jolie!", "Dimensions : 60 x 33 cm")
_SLIDE_INCHES = (13.333, 7.5)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Section:
    """One section: a headline that states the finding, a sentence or two, one figure.

    Attributes:
        headline: what the figure shows.
        words: plain text.
        figure: taken from `assets/`.
        page: file name of the page where one can dig.
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
    table = statistics.target(assets)
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
    table = statistics.target(assets)
    unequal = statistics.imbalance(table)
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
    table = statistics.lengths(assets, "title", "words")
    overall = statistics.length_quantiles(table).loc[0]
    languages = statistics.languages(assets).sum()
    shares = (languages / languages.sum()).head(2)
    spoken = " and ".join(
        f"{percent(part, 0)} {LANGUAGE_NAMES[code]}" for code, part in shares.items()
    )
    return Section(
        f"A title has {overall['median']:.0f} words",
        f"Measured on {overall['products']:,.0f} titles as the challenge ships them: {spoken}, "
        "with HTML and entities inside the descriptions.",
        length_histogram(table, overall, "words"),
        "data/text.py",
        "Text",
    )


def _missing(assets: Assets) -> Section:
    table = statistics.presence(assets)
    share = (1 - table["description"] / table["products"].where(table["products"] > 0)).dropna()
    total = 1 - table["description"].sum() / table["products"].sum()
    return Section(
        f"{percent(total, 0)} of the products have no description",
        f"{percent(share.max(), 0)} of {product_type(share.idxmax()).french} have none, but only "
        f"{percent(share.min(), 0)} of {product_type(share.idxmin()).french}. There, the title and "
        "the photo carry the answer.",
        share_chart(share, "Products without description"),
        "data/text.py",
        "Text",
    )


def _photos(assets: Assets) -> Section:
    table = statistics.photos(assets)
    grouped = table.groupby("code")["white_ratio"]
    quantiles = grouped.quantile([0.05, 0.25, 0.5, 0.75, 0.95]).unstack()
    quantiles.columns = ["q05", "q25", "median", "q75", "q95"]
    quantiles = quantiles.sort_values("median", ascending=False)
    return Section(
        "How white a photo is already tells something",
        f"{len(table):,} photos: {product_type(quantiles.index[0]).french} stand on white, "
        f"{product_type(quantiles.index[-1]).french} fill the frame. White alone does not decide: "
        "the boxes overlap.",
        box_chart(quantiles, "White ratio"),
        "data/images.py",
        "Images",
    )


def _text_preparation() -> Section:
    steps = trace(*_EXAMPLE, vocabulary=Vocabulary.from_texts([prepare(*_EXAMPLE)]))
    return Section(
        "Ten steps turn a text into numbers",
        "The study's preparation, carried on. The best text model here reads the text almost as "
        "it is: lower case, no accents, nothing else removed.",
        steps_chart(steps),
        "data/preparation.py",
        "Preparation",
    )


def _photo_preparation(assets: Assets) -> Section:
    variance = statistics.moments(assets).variance[len(CODES)]
    crops = [step / 100 for step in range(0, 61, 5)]
    kept = [variance_kept(variance, crop) for crop in crops]
    return Section(
        "Cutting 20\u202f% from width and height keeps "
        f"{percent(variance_kept(variance, 0.2), 0)} of the variance",
        f"It keeps {percent(0.8**2, 0)} of the pixels. The study cut the borders; the fine-tuned "
        "networks here learn from the whole photo and from its centre, mirrored and not.",
        crop_chart(crops, kept, 0.2),
        "data/images.py",
        "Images",
    )


def _models(assets: Assets) -> Section:
    table = results.model_table(assets)
    measured = table.dropna(subset=["weighted_f1", "milliseconds"])
    return Section(
        f"{len(measured)} models, one test",
        "From nearest neighbours to fine-tuned networks, on one split of the same products: text "
        "models answer those with a text, image models those with a photo, fusions those with both "
        "or with either.",
        quality_chart(table, "milliseconds", "Milliseconds per product"),
        "models/compare.py",
        "Compare models",
    )


def _against_the_study(assets: Assets) -> Section:
    table = results.model_table(assets)
    fusion = assets.model(BEST["fusion"])
    measures = fusion.metrics.get("with_both", fusion.metrics["all"])
    published = table.loc[table["reads"] == "fusion", "published"].dropna()
    return Section(
        f"Measured beside published: {measures['weighted_f1']:.3f} for text and photo together",
        f"{BEST['fusion']} on {measures['rows']:,} test products with text and photo that no model "
        f"saw in training. The study published up to {published.max():.3f} for fusion, on its own "
        "16\u202f% of the complete data; grey marks are its scores.",
        published_chart(table),
        "models/compare.py",
        "Compare models",
    )


def _best_model(assets: Assets) -> Section:
    matrix = results.confusion_matrix(assets, BEST["fusion"])
    worst = results.strongest_confusions(matrix, 7)
    labels = [
        f"{product_type(row.true).english} → {product_type(row.answered).english}"
        for row in worst.itertuples()
    ]
    return Section(
        f"Its strongest confusion: {labels[0]}",
        f"The seven strongest of {BEST['fusion']}, as a share of the true type. Neighbours on the "
        "shelf take most of them.",
        confusions_chart(labels, worst["share"]),
        "models/errors.py",
        "Where it errs",
    )


def _contributions(assets: Assets) -> Section:
    table = results.contributions(assets, [BEST[each] for each in ("text", "image", "fusion")])
    table = table[table["support"] > 0]
    table = table.sort_values(BEST["text"]).head(14)
    helped = int((table[BEST["fusion"]] > table[BEST["text"]]).sum())
    return Section(
        f"Photos raise {helped} of the {len(table)} types that words find hardest",
        "The fourteen types that are hardest for the text alone, each measured on the same test "
        "products by the text model, the image model and both together.",
        contribution_chart(
            table.drop(columns="support"),
            [f"{code} {product_type(code).study_label}" for code in table.index],
        ),
        "models/errors.py",
        "Where it errs",
    )


def _difficulties(assets: Assets, dark: bool) -> Section:
    matrix = results.confusion_matrix(assets, BEST["fusion"])
    domains = np.array([product_type(code).domain.name for code in CODES])
    wrong = matrix * (1 - np.eye(len(CODES)))
    inside_domain = wrong[domains[:, None] == domains[None, :]].sum() / max(wrong.sum(), 1)
    inside = results.normalise(matrix, "row")
    return Section(
        f"{percent(inside_domain, 0)} of the errors stay inside a domain",
        "Each row is what happens to a product type; squares off the diagonal are errors. Types of "
        "one domain stand side by side: where blocks show, the types overlap.",
        confusion_chart(inside, results.order_of_types("domain", matrix), "row", dark),
        "models/errors.py",
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
        "models/compare.py",
        "Compare models",
    )


def _conclusion(assets: Assets) -> Section:
    model = assets.model(BEST["fusion"])
    table = results.model_table(assets, "with_both")
    milliseconds = model.manifest["milliseconds_per_product"]
    error = model.metrics["all"]["expected_calibration_error"]
    best = table.dropna(subset=["weighted_f1"]).sort_values("weighted_f1").tail(8)
    return Section(
        f"One answer in {milliseconds:.0f} milliseconds, without a GPU",
        f"Text, photo or both, with calibrated probabilities (error {error:.3f}). Next: the "
        "complete data, a larger image network, and a look at the suspicious labels.",
        published_chart(best),
        "classify.py",
        "Classify a product",
    )


def to_html(story: Sequence[Section], progress: Progress | None = None) -> str:
    """Return the story as one HTML page that needs nothing else, not even a network.

    Args:
        story: the sections.
        progress: called with how many sections are done, and of how many.
    """
    from jinja2 import Environment

    parts = []
    for position, section in enumerate(story):
        figure = go.Figure(section.figure).update_layout(template="plotly_white")
        parts.append(
            (
                section,
                figure.to_html(
                    full_html=False,
                    include_plotlyjs=position == 0,
                    config={"displayModeBar": False, "responsive": True},
                ),
            )
        )
        if progress:
            progress(position + 1, len(story))
    page = Environment(autoescape=True).from_string(_PAGE)
    return page.render(title=TITLE, parts=parts)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
body { font-family: system-ui, sans-serif; margin: 0 auto; max-width: 1100px; padding: 1rem;
  color: #22201f; background: #fff; }
section { min-height: 90vh; padding: 2rem 0; border-bottom: 1px solid #e2deda; }
h1 { color: #bf0000; } p { font-size: 1.2rem; line-height: 1.5; max-width: 48rem; }
@media print { section { break-after: page; } }
</style>
</head>
<body>
<h1>{{ title }}</h1>
{% for section, figure in parts %}
<section>
<h2>{{ loop.index }}. {{ section.headline }}</h2>
<p>{{ section.words }}</p>
{{ figure | safe }}
</section>
{% endfor %}
</body>
</html>
"""


def to_powerpoint(story: Sequence[Section], progress: Progress | None = None) -> bytes:
    """Return the story as a PowerPoint file, a slide per section, figures as pictures.

    Args:
        story: the sections.
        progress: called with how many sections are done, and of how many.

    Raises:
        StoryError: the figures cannot be drawn, because no Chrome or Chromium is installed.
    """
    from pptx import Presentation
    from pptx.dml.color import RGBColor
    from pptx.util import Inches, Pt

    presentation = Presentation()
    presentation.slide_width, presentation.slide_height = map(Inches, _SLIDE_INCHES)
    blank = presentation.slide_layouts[6]
    with _one_browser():
        for position, section in enumerate(story):
            slide = presentation.slides.add_slide(blank)
            for text, top, height, size, color in (
                (section.headline, 0.3, 0.8, 32, RGBColor(0xBF, 0, 0)),
                (section.words, 1.05, 1.0, 18, RGBColor(0x22, 0x20, 0x1F)),
            ):
                frame = slide.shapes.add_textbox(
                    Inches(0.6), Inches(top), Inches(12.1), Inches(height)
                ).text_frame
                frame.word_wrap = True
                frame.text = text
                run = frame.paragraphs[0].runs[0].font
                run.size, run.color.rgb, run.bold = Pt(size), color, size > 20
            picture = io.BytesIO(_draw(section.figure))
            slide.shapes.add_picture(picture, Inches(0.6), Inches(2.1), width=Inches(12.1))
            if progress:
                progress(position + 1, len(story))
    file = io.BytesIO()
    presentation.save(file)
    return file.getvalue()


# The drawing browser is one for the whole process: exports take turns.
_DRAWING = threading.Lock()


@contextlib.contextmanager
def _one_browser() -> Iterator[None]:
    """Keep one browser open for all figures.

    Raises:
        StoryError: there is none.
    """
    import kaleido
    from choreographer.browsers import Chromium

    # Kaleido would wait for a missing browser without end.
    if not Chromium.find_browser(skip_local=False):
        raise StoryError(
            "The figures of the slides are drawn by Chrome or Chromium, which was not found. "
            "Install one of them, or run plotly_get_chrome."
        )
    with _DRAWING:
        kaleido.start_sync_server(silence_warnings=True)
        try:
            yield
        finally:
            kaleido.stop_sync_server(silence_warnings=True)


def _draw(figure: go.Figure) -> bytes:
    figure = go.Figure(figure).update_layout(
        template="plotly_white", height=None, font={"size": 15}
    )
    with warnings.catch_warnings():
        # Plotly tells that the open browser has its own settings: it has.
        warnings.filterwarnings("ignore", message="The kopts argument")
        return figure.to_image(format="png", width=1452, height=624, scale=1.5)
