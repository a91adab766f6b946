"""How much can be automated, and whether a catalogue looks like the training data."""

import numpy as np
import pandas as pd
import pytest

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.evaluation.certainty import automatic_share
from rakuten_core.evaluation.drift import drift_of_counts, drift_of_numbers
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.automation import (
    automation_curve,
    cheapest,
    chosen_limit,
    costs,
    coverage_curve,
    limits_by_type,
    shares_by_answer,
)
from rakuten_core.reports.drift_findings import drift_report
from rakuten_core.reports.saved_answers import answers
from rakuten_core.taxonomy import CODES, Domain


def test_the_curve_counts_what_reaches_each_limit():
    curve = coverage_curve(Assets(), ANSWERING).set_index("limit")
    found = answers(Assets(), ANSWERING)
    sure, right = found.probabilities.max(axis=1), found.predicted == found.codes
    for limit in (0.0, 0.5, 0.9):
        above = sure >= limit
        assert curve.loc[limit, "share"] == pytest.approx(above.mean())
        assert curve.loc[limit, "precision"] == pytest.approx(right[above].mean())
        assert curve.loc[limit, "low"] <= curve.loc[limit, "precision"] <= curve.loc[limit, "high"]
    assert coverage_curve(Assets(), ANSWERING).equals(coverage_curve(Assets(), ANSWERING))


def test_equal_probabilities_are_sorted_together():
    """Whoever is at the limit is at or above it."""
    curve = automation_curve(Assets(), "decision_tree").set_index("limit")
    found = answers(Assets(), "decision_tree")
    sure, right = found.probabilities.max(axis=1), found.predicted == found.codes
    assert curve.index.is_unique and curve.index.is_monotonic_decreasing
    for limit in (curve.index[0], curve.index[-1]):
        assert curve.loc[limit, "products"] == (sure >= limit).sum()
        assert curve.loc[limit, "precision"] == pytest.approx(right[sure >= limit].mean())


def test_a_limit_that_was_chosen_on_validation_is_measured_on_test():
    found = chosen_limit(Assets(), ANSWERING, 0.95)
    table = Assets().model(ANSWERING).validation_probabilities()
    probabilities = probability_matrix(table)
    predicted = np.asarray(CODES)[probabilities.argmax(axis=1)]
    sure, right = probabilities.max(axis=1), predicted == table["prdtypecode"].to_numpy()
    assert found.chosen_on == len(table) and right[sure >= found.limit].mean() >= 0.95
    below = sure[sure < found.limit].max()
    assert right[sure >= below].mean() < 0.95
    test = answers(Assets(), ANSWERING)
    taken = test.probabilities.max(axis=1) >= found.limit
    assert found.share == pytest.approx(taken.mean())
    assert found.precision == pytest.approx((test.predicted == test.codes)[taken].mean())
    assert chosen_limit(Assets(), "text_linear", 0.95) is None


def test_the_cheapest_limit_weighs_errors_against_checks():
    curve = coverage_curve(Assets(), ANSWERING)
    careful, bold = (cheapest(costs(curve, wrong, 1.0)) for wrong in (100.0, 1.0))
    assert careful["limit"] > bold["limit"]
    table = costs(curve, 10.0, 1.0)
    assert cheapest(table)["total"] == table["total"].min() <= 100_000
    everything = table.iloc[0]
    assert everything["checks"] == 0
    assert everything["errors"] == pytest.approx(1e6 * (1 - curve["precision"].iloc[0]))


def test_domains_and_types_are_those_of_the_answer():
    table = shares_by_answer(Assets(), ANSWERING, 0.95)
    domains = table[table["code"].isna()]
    assert list(domains["domain"]) == list(Domain) and len(table) == 7 + 27
    assert domains["products"].sum() == automation_curve(Assets(), ANSWERING)["products"].max()
    assert table["share"].between(0, 1).all()


def test_limits_by_type_are_chosen_on_validation_products(context):
    found = limits_by_type(context.assets, "cascade", 5.0, 1.0)
    table, cost = found
    saved = context.assets.model("cascade").validation_probabilities()
    assert table["products"].sum() == len(saved)
    assert set(saved["productid"]).isdisjoint(
        context.assets.model("cascade").test_probabilities()["productid"]
    )
    assert cost["by_type"] >= 0 and cost["limit"] in set(np.round(np.linspace(0, 1, 101), 2))
    assert limits_by_type(context.assets, "text_linear", 5.0, 1.0) is None


def test_a_share_that_no_limit_reaches_is_none():
    curve = pd.DataFrame({"limit": [0.9], "share": [1.0], "precision": [0.5]})
    assert automatic_share(curve, 0.9) == 0.0


def test_drift_is_found_where_there_is_some_and_nowhere_else():
    generator = np.random.default_rng(0)
    same = drift_of_numbers(generator.normal(size=3000), generator.normal(size=3000))
    other = drift_of_numbers(generator.normal(size=3000), generator.normal(1, size=3000))
    assert (same.level, other.level) == (0, 2) and other.p_value < 1e-6
    assert drift_of_numbers(np.array([1.0]), np.arange(9.0)) is None
    alike = drift_of_counts({"fr": 760, "en": 240}, {"fr": 77, "en": 23})
    new = drift_of_counts({"fr": 760, "en": 240}, {"de": 90, "fr": 10})
    assert (alike.level, new.level) == (0, 2) and new.effect == pytest.approx(0.9)
    assert drift_of_counts({"fr": 5}, {"fr": 6}) is None
    assert drift_of_counts({"fr": 5}, {}) is None


def test_the_report_says_in_words_what_differs():
    rows = 300
    measures = pd.DataFrame(
        {
            "title_characters": [400] * rows,
            "description_characters": [0] * rows,
            "language": ["en"] * rows,
            "words": [["zzyzx", "le"]] * rows,
            "has_photo": [False] * rows,
            "white_ratio": [np.nan] * rows,
            "brightness": [np.nan] * rows,
        }
    )
    answered = pd.DataFrame({"prdtypecode": [2583] * rows, "probability": [0.4] * rows})
    findings = {each.name: each for each in drift_report(Assets(), measures, answered)}
    assert "Titles are much longer: median 400 characters" in (
        findings["Length of the titles"].words
    )
    assert "less sure" in findings["Confidence"].words
    assert findings["Languages"].words.startswith("0% of the texts are in French")
    assert findings["Unknown words"].words.startswith("50.0% of the words are rare or unknown")
    assert "2583" in findings["Types answered"].words
    assert findings["Share with a photo"].drift.level == 2
    # Nothing is said of what is not there.
    assert "White in the photos" not in findings and "Length of the descriptions" not in findings
