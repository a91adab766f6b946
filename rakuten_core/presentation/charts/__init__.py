"""Plotly figures from tables; one look for all pages."""

from rakuten_core.presentation.charts.answer_charts import contributions_chart, ranking_chart
from rakuten_core.presentation.charts.automation_charts import (
    certainty_chart,
    cost_chart,
    coverage_chart,
)
from rakuten_core.presentation.charts.confusion_charts import confusion_chart, profile_chart
from rakuten_core.presentation.charts.data_charts import (
    box_chart,
    crop_chart,
    languages_chart,
    length_histogram,
    share_chart,
    target_chart,
    treemap_chart,
    variance_chart,
    words_chart,
)
from rakuten_core.presentation.charts.learning_chart import learning_chart
from rakuten_core.presentation.charts.look import (
    ACCENT,
    MODALITY_COLORS,
    NEUTRAL,
    chance,
    labelled,
)
from rakuten_core.presentation.charts.map_chart import map_chart
from rakuten_core.presentation.charts.model_charts import (
    best_chart,
    density_chart,
    difference_chart,
    f1_heat_chart,
    gain_chart,
    quality_chart,
    reliability_chart,
    trade_chart,
    training_chart,
)
from rakuten_core.presentation.charts.slice_charts import slices_chart
from rakuten_core.presentation.charts.word_cloud import (
    word_cloud,
)

__all__ = [
    "ACCENT",
    "MODALITY_COLORS",
    "NEUTRAL",
    "best_chart",
    "box_chart",
    "certainty_chart",
    "chance",
    "confusion_chart",
    "contributions_chart",
    "cost_chart",
    "coverage_chart",
    "crop_chart",
    "density_chart",
    "difference_chart",
    "f1_heat_chart",
    "gain_chart",
    "labelled",
    "languages_chart",
    "learning_chart",
    "length_histogram",
    "map_chart",
    "profile_chart",
    "quality_chart",
    "ranking_chart",
    "reliability_chart",
    "share_chart",
    "slices_chart",
    "target_chart",
    "trade_chart",
    "training_chart",
    "treemap_chart",
    "variance_chart",
    "word_cloud",
    "words_chart",
]
