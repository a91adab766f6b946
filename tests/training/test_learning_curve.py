import pytest

from rakuten_core.reports.learning_curves import learning_curves as curves_of
from rakuten_core.training.learning_curve import learning_curves


@pytest.fixture(scope="module")
def found(context):
    return learning_curves(context, shares=(0.3, 0.6, 1.0))


def test_each_part_is_drawn_three_times_and_the_whole_once(context, found):
    learning = (context.readable("text")["split"] != "test").sum()
    runs = found["curves"]["text_linear"]["runs"]
    assert [(run["share"], run["draw"]) for run in runs] == [
        (0.3, 0), (0.3, 1), (0.3, 2), (0.6, 0), (0.6, 1), (0.6, 2), (1.0, 0),
    ]  # fmt: skip
    assert [run["products"] for run in runs] == [
        round(share * learning) for share in (0.3, 0.3, 0.3, 0.6, 0.6, 0.6, 1.0)
    ]
    # On the sample, whose words tell the types, more products are more right answers.
    assert runs[-1]["weighted_f1"] > runs[0]["weighted_f1"]


def test_what_is_expected_lies_in_its_interval_and_above_what_was_measured(found):
    for curve in found["curves"].values():
        low, high = curve["interval"]
        assert low <= curve["expected"] + 0.02 and curve["expected"] <= high + 0.02
        assert 0 <= low <= high <= 1


def test_done_runs_are_not_run_again(context, found, monkeypatch):
    monkeypatch.setattr(
        "rakuten_core.inference.models.linear.TextLinear.fit",
        lambda *_arguments: pytest.fail("trained again"),
    )
    again = learning_curves(context, shares=(0.3, 0.6, 1.0))
    assert again["curves"] == found["curves"]


def test_the_report_tells_runs_law_and_complete_data(context, found):
    text, photo = curves_of(context.assets)
    assert (text.model, photo.model) == ("text_linear", "image_kernel_clip")
    assert text.complete == round(84_916 * 0.85)
    assert text.largest["products"] == text.runs["products"].max()
    fitted = text.fitted["weighted_f1"].tolist()
    assert fitted == sorted(fitted)
    assert fitted[-1] == pytest.approx(text.expected)
    assert 0 <= text.doubling <= fitted[-1] - fitted[0]


def test_nothing_is_shown_that_was_not_computed(tmp_path):
    from rakuten_core.assets import Assets

    assert curves_of(Assets(tmp_path)) == []
