"""The columns of the tables of all models: what matters first, the rest below it."""

from pages.shared.tables import Column, one_decimal, three_decimals, whole
from rakuten_core.language import N_, _
from rakuten_core.registry import family_name, modality_name

MAIN_COLUMNS = {
    "label": Column(N_("Model"), pinned=True, width=290),
    "reads": Column(N_("Reads"), modality_name),
    "weighted_f1": Column(N_("Weighted F1"), three_decimals, N_("On the test split")),
    "interval": Column(N_("95% interval")),
    "rows": Column(N_("Test products"), whole),
    "published": Column(N_("Published"), three_decimals, N_("By the study, on its own split")),
    "milliseconds": Column(N_("ms per product"), one_decimal, N_("Median, one at a time")),
    "size_mb": Column(N_("Size, MB"), one_decimal),
}
MORE_COLUMNS = {
    "label": Column(N_("Model"), pinned=True, width=270),
    "family": Column(N_("Family"), family_name),
    "published_measure": Column(N_("Published measure"), _),
    "top3_accuracy": Column(N_("Top-3 accuracy"), three_decimals),
    "log_loss": Column(N_("Log loss"), three_decimals),
    "calibration_error": Column(N_("Calibration error"), three_decimals),
    "train_seconds": Column(N_("Training, s"), whole, N_("Of all processes")),
    "peak_memory_mb": Column(N_("Peak memory, MB"), whole),
    "stale": Column(N_("Stale"), help=N_("Why it is to be trained again")),
    "description": Column(N_("What it is")),
    "model": Column(N_("Technical name")),
}
