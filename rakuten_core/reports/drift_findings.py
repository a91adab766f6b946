"""Whether a catalogue looks like what the models learnt from, in figures and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.evaluation.drift import Drift, drift_of_counts, drift_of_numbers
from rakuten_core.language import N_, _, language_name, number, percent
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.photo_statistics import photos
from rakuten_core.reports.saved_answers import answers
from rakuten_core.reports.statistics_files import statistics_facts
from rakuten_core.reports.text_statistics import (
    TRAINING_TEXTS,
    languages,
    lengths,
    presence,
    word_counts,
)
from rakuten_core.taxonomy import label_of


@dataclass(frozen=True)
class Finding:
    """One thing in which a catalogue may differ.

    Attributes:
        name: of what was compared, in English.
        words: the difference, in the current language.
        test: name of the test, in English.
        drift: what it found.
        products: how many of the catalogue were compared.
    """

    name: str
    words: str
    test: str
    drift: Drift
    products: int


_NUMBERS, _COUNTS = N_("Kolmogorov-Smirnov"), N_("chi-squared")
_DEGREES = {
    "longer": (N_("as long"), N_("a little longer"), N_("much longer")),
    "shorter": (N_("as long"), N_("a little shorter"), N_("much shorter")),
    "whiter": (N_("as white"), N_("a little whiter"), N_("much whiter")),
    "less white": (N_("as white"), N_("a little less white"), N_("much less white")),
    "brighter": (N_("as bright"), N_("a little brighter"), N_("much brighter")),
    "darker": (N_("as bright"), N_("a little darker"), N_("much darker")),
    "surer": (N_("as sure"), N_("a little surer"), N_("much surer")),
    "less sure": (N_("as sure"), N_("a little less sure"), N_("much less sure")),
}
_LEVELS = (N_("alike"), N_("a little different"), N_("very different"))


def level_name(level: int) -> str:
    """Return what `Drift.level` stands for, in the current language."""
    return _(_LEVELS[level])


def drift_report(assets: Assets, measures: pd.DataFrame, answered: pd.DataFrame) -> list[Finding]:
    """Compare a catalogue with the training data, its answers with those to the test products.

    Args:
        assets: whose statistics and saved answers are compared with.
        measures: of the catalogue, `bulk.row_measures.MEASURE_SCHEMA`.
        answered: its answers, with `prdtypecode` and `probability`.

    Returns:
        One finding for each thing that could be compared, the largest difference first.
    """
    known = answered.dropna(subset="prdtypecode")
    findings = [
        *(_lengths(assets, measures, field) for field in ("title", "description")),
        _shares(assets, measures, "description"),
        _photo_share(assets, measures),
        _languages(assets, measures),
        _unknown_words(assets, measures),
        *(_photos(assets, measures, *names) for names in _PHOTO_NAMES),
        _confidence(assets, known),
        _types(assets, known),
    ]
    found = [each for each in findings if each is not None]
    return sorted(found, key=lambda each: -each.drift.effect)


def _numbers(
    name: str,
    subject: str,
    degrees: tuple[str, str],
    write: Any,
    reference: np.ndarray,
    sample: np.ndarray,
    sentence: str | None = None,
) -> Finding | None:
    drift = drift_of_numbers(reference, sample)
    if drift is None:
        return None
    before, now = float(np.median(reference)), float(np.median(sample))
    degree = _DEGREES[degrees[0] if now >= before else degrees[1]][drift.level]
    sentence = sentence or _("{subject} {degree}: median {now}, {before} in training.")
    words = sentence.format(subject=subject, degree=_(degree), now=write(now), before=write(before))
    return Finding(name, words, _NUMBERS, drift, len(sample))


def _lengths(assets: Assets, measures: pd.DataFrame, field: str) -> Finding | None:
    table = lengths(assets, field, "characters", TRAINING_TEXTS)
    values = measures[f"{field}_characters"].to_numpy()
    names = {
        "title": (N_("Length of the titles"), _("Titles are")),
        "description": (N_("Length of the descriptions"), _("Descriptions are")),
    }
    name, subject = names[field]
    return _numbers(
        name,
        subject,
        ("longer", "shorter"),
        lambda value: _("{count} characters").format(count=number(value)),
        np.repeat(table["value"].to_numpy(), table["products"].to_numpy()),
        values[values > 0],
    )


def _share(
    name: str, sentence: str, with_it: float, total: float, found: int, rows: int
) -> Finding | None:
    drift = drift_of_counts(
        {"with": with_it, "without": total - with_it}, {"with": found, "without": rows - found}
    )
    if drift is None:
        return None
    words = sentence.format(now=percent(found / rows, 0), before=percent(with_it / total, 0))
    return Finding(name, words, _COUNTS, drift, rows)


def _shares(assets: Assets, measures: pd.DataFrame, field: str) -> Finding | None:
    total = presence(assets, TRAINING_TEXTS).sum()
    return _share(
        N_("Share with a description"),
        _("{now} have a description, {before} in training."),
        float(total[field]),
        float(total["products"]),
        int((measures[f"{field}_characters"] > 0).sum()),
        len(measures),
    )


def _photo_share(assets: Assets, measures: pd.DataFrame) -> Finding | None:
    # Every product of the challenge has a photo, whether it was at hand for the statistics or not.
    total = float(presence(assets, TRAINING_TEXTS)["products"].sum())
    return _share(
        N_("Share with a photo"),
        _("{now} have a photo, {before} in training."),
        total,
        total,
        int(measures["has_photo"].sum()),
        len(measures),
    )


def _languages(assets: Assets, measures: pd.DataFrame) -> Finding | None:
    reference = languages(assets, TRAINING_TEXTS).sum().drop("none", errors="ignore").to_dict()
    sample = Counter(measures["language"].dropna())
    drift = drift_of_counts(reference, sample)
    if drift is None:
        return None
    words = _("{now} of the texts are in {language}, {before} in training.").format(
        now=percent(sample["fr"] / sample.total(), 0),
        before=percent(reference.get("fr", 0) / sum(reference.values()), 0),
        language=language_name("fr"),
    )
    return Finding(N_("Languages"), words, _COUNTS, drift, sample.total())


@lru_cache(maxsize=1)
def _vocabulary(assets: Assets) -> tuple[frozenset[str], float]:
    """Return the words of the training texts, and the share of their words that are these."""
    counts = word_counts(assets, "before", TRAINING_TEXTS)
    total = statistics_facts(assets, TRAINING_TEXTS)["words"]
    return frozenset(counts.index), float(counts.to_numpy().sum()) / total


def _unknown_words(assets: Assets, measures: pd.DataFrame) -> Finding | None:
    vocabulary, known_share = _vocabulary(assets)
    found = [word for words in measures["words"] for word in words]
    if not found:
        return None
    unknown = sum(word not in vocabulary for word in found)
    total = statistics_facts(assets, TRAINING_TEXTS)["words"]
    drift = drift_of_counts(
        {"known": known_share * total, "unknown": (1 - known_share) * total},
        {"known": len(found) - unknown, "unknown": unknown},
    )
    if drift is None:
        return None
    words = _("{now} of the words are rare or unknown, {before} in training.").format(
        now=percent(unknown / len(found)), before=percent(1 - known_share)
    )
    return Finding(N_("Unknown words"), words, _COUNTS, drift, len(measures))


_PHOTO_NAMES = (
    ("white_ratio", N_("White in the photos"), ("whiter", "less white")),
    ("brightness", N_("Brightness of the photos"), ("brighter", "darker")),
)


def _photos(
    assets: Assets, measures: pd.DataFrame, column: str, name: str, degrees: tuple[str, str]
) -> Finding | None:
    return _numbers(
        name,
        _("Photos are"),
        degrees,
        lambda value: percent(value, 0),
        photos(assets)[column].to_numpy(),
        measures[column].dropna().to_numpy(),
    )


def _confidence(assets: Assets, answered: pd.DataFrame) -> Finding | None:
    return _numbers(
        N_("Confidence"),
        _("Answers are"),
        ("surer", "less sure"),
        lambda value: percent(value, 0),
        answers(assets, ANSWERING).probabilities.max(axis=1),
        answered["probability"].to_numpy(),
        _("{subject} {degree}: median {now}, {before} on the test products."),
    )


def _types(assets: Assets, answered: pd.DataFrame) -> Finding | None:
    reference: Mapping[int, int] = Counter(answers(assets, ANSWERING).predicted.tolist())
    sample = Counter(answered["prdtypecode"].astype(int).tolist())
    drift = drift_of_counts(
        {str(code): count for code, count in reference.items()},
        {str(code): count for code, count in sample.items()},
    )
    if drift is None:
        return None
    total, rows = sum(reference.values()), sample.total()
    code = max(sample, key=lambda each: sample[each] / rows - reference.get(each, 0) / total)
    words = _("“{label}” is {now} of the answers, {before} on the test products.").format(
        label=label_of(code),
        now=percent(sample[code] / rows, 0),
        before=percent(reference.get(code, 0) / total, 0),
    )
    return Finding(N_("Types answered"), words, _COUNTS, drift, rows)
