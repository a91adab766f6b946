"""Slices of the test products."""

import numpy as np
import pytest

from rakuten_core.assets import Assets
from rakuten_core.evaluation.slices import FEWEST, measure_slice, worst_slices
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.saved_answers import answers
from rakuten_core.reports.slice_tables import ATTRIBUTES, attributes_of, slices_by, worst
from rakuten_core.taxonomy import CODES


def probabilities(labels: np.ndarray, sure: float) -> np.ndarray:
    found = np.full((len(labels), len(CODES)), (1 - sure) / (len(CODES) - 1))
    found[np.arange(len(labels)), labels] = sure
    return found


def test_a_perfect_slice_has_perfect_measures():
    codes = np.array(CODES)[np.arange(90) % 3]
    found = measure_slice(codes, probabilities(np.arange(90) % 3, 0.9))
    assert (found.rows, found.weighted_f1, found.coverage) == (90, 1.0, 1.0)
    assert found.weighted_f1_interval == (1.0, 1.0)
    assert found.calibration_error == pytest.approx(0.1)


def test_intervals_hold_what_they_are_of():
    generator = np.random.default_rng(1)
    labels = generator.integers(3, size=200)
    said = np.where(generator.random(200) < 0.7, labels, (labels + 1) % 3)
    found = measure_slice(np.array(CODES)[labels], probabilities(said, 0.8))
    low, high = found.weighted_f1_interval
    assert low < found.weighted_f1 < high and high - low < 0.2
    assert found == measure_slice(np.array(CODES)[labels], probabilities(said, 0.8))


def test_the_search_finds_what_was_hidden_and_nothing_in_noise():
    generator = np.random.default_rng(0)
    language = generator.choice(["fr", "en"], 2000)
    photo = generator.choice(["yes", "no"], 2000)
    bad = (language == "en") & (photo == "no")
    right = generator.random(2000) > np.where(bad, 0.5, 0.1)
    table = worst_slices(right, {"language": language, "photo": photo})
    assert table["slice"].iloc[0] == (("language", "en"), ("photo", "no"))
    assert table["rows"].iloc[0] == bad.sum() and (table["q_value"] <= 0.05).all()
    even = generator.random(2000) > 0.2
    assert worst_slices(even, {"language": language, "photo": photo}).empty
    assert worst_slices(right[:40], {"language": language[:40]}).empty


def test_the_test_products_are_cut_whole():
    values = attributes_of(Assets(), ANSWERING)
    assert list(values.columns) == list(ATTRIBUTES)
    assert len(values) == len(answers(Assets(), ANSWERING).codes) and not values.isna().any().any()
    table = slices_by(Assets(), ANSWERING, "given")
    assert set(table["slice"]) <= {"text only", "photo only", "text and photo"}
    assert table["rows"].min() >= FEWEST and table["rows"].is_monotonic_decreasing
    bad = worst(Assets(), ANSWERING)
    assert (bad["rows"] >= FEWEST).all() and bad["excess"].is_monotonic_decreasing
