"""How the limits of a cascade are chosen, and what is recorded of it."""

import numpy as np
import pytest

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.certainty import automatic_share, certainty_curve
from rakuten_core.inference.models.cascade import Cascade
from rakuten_core.inference.models.model import load_model
from rakuten_core.reports.cascade_trade import cascade_trade
from rakuten_core.taxonomy import CODES
from rakuten_core.training.trainers.cascade_limits import CascadeTrainer

STAGES = ("text_stacked", "text_stacked_transformer", "fusion_clip")


def test_a_looser_tolerance_costs_no_more_time(context):
    table = cascade_trade(context.assets)
    given = table.dropna(subset="tolerance").sort_values("tolerance")
    assert given["chosen"].sum() == 1
    # Each kind of product may lose more, so each may cost less.
    assert (given["milliseconds"].diff().dropna() <= 1e-9).all()
    assert np.allclose(table[list(STAGES)].sum(axis=1), 1)
    alone = table[table["tolerance"].isna()].iloc[0]
    assert 2 < alone["milliseconds"] <= 62
    assert (given["milliseconds"] <= alone["milliseconds"]).all()
    assert table["rows"].nunique() == 1
    saved = context.assets.model("cascade").validation_probabilities()
    probabilities = probability_matrix(saved)
    right = np.asarray(CODES)[probabilities.argmax(axis=1)] == saved["prdtypecode"].to_numpy()
    share = automatic_share(certainty_curve(probabilities.max(axis=1), right), 0.95)
    chosen = given[given["chosen"]].iloc[0]
    # Probabilities are saved in short floats, which makes some of them equal.
    assert chosen["automatic_share"] == pytest.approx(share, abs=0.05)


def test_an_untrained_cascade_has_nothing_to_show(tmp_path):
    assert cascade_trade(Assets(tmp_path)).empty


def test_what_is_measured_is_what_the_cascade_answers(context):
    """The saved test probabilities are put together from those of the stages."""
    cascade = load_model(context.assets, "cascade")
    assert isinstance(cascade, Cascade) and cascade.limits_.shape == (3, 2)
    manifest = context.assets.model("cascade").manifest
    assert np.allclose(list(manifest["limits"].values()), cascade.limits_)
    saved = context.assets.model("cascade").test_probabilities().set_index("productid")
    test = context.products[context.products["split"] == "test"]
    test = test[test["productid"].isin(saved.index)]
    answers = cascade.predict_proba(context.answerable(test))
    expected = probability_matrix(saved.loc[test["productid"]])
    assert expected.shape == answers.shape
    assert (np.abs(expected - answers).max(axis=1) < 1e-3).mean() > 0.9
    assert sum(manifest["test_shares"].values()) == pytest.approx(1)


def test_each_stage_needs_its_cost():
    with pytest.raises(ModelError, match="each of its 3 stages"):
        CascadeTrainer(STAGES, (1.0, 2.0))
