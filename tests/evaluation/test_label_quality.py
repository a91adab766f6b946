"""Suspicious labels: the ranking finds labels that are wrong on purpose."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rakuten_core.assets import Assets
from rakuten_core.data.teaching import Teaching
from rakuten_core.errors import AssetError, ModelError
from rakuten_core.evaluation.label_quality import precision_and_recall, rank_labels
from rakuten_core.reports.suspicious_labels import label_check, label_facts, suspicious
from rakuten_core.taxonomy import CODES
from rakuten_core.training.context import Context
from rakuten_core.training.label_ranking import (
    check_on_corrupted_labels,
    find_suspicious_labels,
)


def test_a_label_against_all_evidence_ranks_first():
    generator = np.random.default_rng(0)
    true = np.repeat([10, 40, 50], 40)
    probabilities = generator.uniform(0, 0.02, (120, 27))
    probabilities[np.arange(120), np.searchsorted(CODES, true)] = 1
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    given = true.copy()
    given[[3, 70]] = [40, 10]
    ranked = rank_labels(given, probabilities)
    assert set(ranked["quality"].nsmallest(2).index) == {3, 70}
    assert ranked.loc[[3, 70], "issue"].all() and ranked["issue"].sum() == 2
    assert ranked.loc[[3, 70], "suggested"].tolist() == [10, 40]


def test_precision_and_recall_by_hand():
    wrong = np.array([True, False, True, False])
    quality = np.array([0.1, 0.2, 0.3, 0.9])
    rows = precision_and_recall(wrong, quality, (0.5, 1.0, 2.0))
    assert [(row["looked_at"], row["precision"], row["recall"]) for row in rows] == [
        (1, 1.0, 0.5),
        (2, 0.5, 0.5),
        (4, 0.5, 1.0),
    ]


def test_labels_are_ranked_over_learning_and_test_products(context):
    kept = find_suspicious_labels(context)
    facts = label_facts(context.assets)
    table = suspicious(context.assets)
    assert facts["kept"] == kept == len(table) <= facts["issues"]
    # Whatever has a text or a photo is judged.
    with_photo = context.products.index.isin(context.products_with_photo.index)
    assert facts["rows"] == (context.products["has_text"] | with_photo).sum()
    assert table["quality"].is_monotonic_increasing
    assert (table["given"] != table["suggested"]).all()
    assert set(table["productid"]) <= set(context.products["productid"])


def test_labels_are_judged_with_the_options_of_the_training(context):
    without = replace(context, options={})
    assert find_suspicious_labels(without) == find_suspicious_labels(context)
    texts = pd.DataFrame({"designation": ["Lampe"], "description": [""], "prdtypecode": [pd.NA]})
    taught = replace(context, options={"teaching": Teaching(texts, "0" * 16)})
    with pytest.raises(ModelError, match="was trained without --unlabelled: leave it out"):
        find_suspicious_labels(taught)


def test_labels_corrupted_on_purpose_are_found(context):
    rows = check_on_corrupted_labels(context, share=0.05, folds=2)
    at_once = next(row for row in rows if row["recall"] == row["precision"])
    # Three times what chance finds among 5 %, on titles of five words.
    assert at_once["precision"] > 0.15
    assert label_check(context.assets)["corrupted"] == at_once["looked_at"]


def test_what_is_missing_is_said(tmp_path, context, catalog):
    with pytest.raises(AssetError, match="rakuten_core labels --data DIR"):
        label_facts(Assets(tmp_path))
    assert label_check(Assets(tmp_path)) is None
    other = Context(
        type(catalog)(catalog.directory, catalog.products, catalog.photos, "0" * 16),
        context.assets,
        tmp_path,
    )
    with pytest.raises(ModelError, match="trained on other data"):
        find_suspicious_labels(other)
