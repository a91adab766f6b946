import numpy as np
import pytest
from sklearn.metrics import f1_score

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.errors import ModelError
from rakuten_core.evaluation.comparison import PairedTest, paired_test, paired_test_by_type
from rakuten_core.presentation.charts import best_chart
from rakuten_core.registry import REGISTRY, label_of_model
from rakuten_core.reports import (
    confusion,
    model_comparison,
    model_table,
    published,
    saved_answers,
    trust,
)
from rakuten_core.reports.best_models import best_models
from rakuten_core.reports.model_card import model_card
from rakuten_core.reports.what_helped import STEPS, ablation, verdict
from rakuten_core.taxonomy import CODES


def certain(codes) -> np.ndarray:
    """Return probabilities of 1 for these codes."""
    return np.eye(27)[np.searchsorted(CODES, codes)]


def test_paired_test_of_models_that_differ_on_five_products():
    codes = np.repeat([10, 40], 20)
    first, second = codes.copy(), codes.copy()
    first[:6] = 50
    second[39] = 50
    test = paired_test(codes, certain(first), certain(second))
    assert (test.rows, test.only_first, test.only_second) == (40, 1, 6)
    # Two-sided binomial test of 1 in 7: 2 * (1 + 7) / 2**7.
    assert test.p_value == pytest.approx(0.125)
    assert test.difference > 0
    assert test.interval[0] <= test.difference <= test.interval[1]


def test_types_are_compared_by_swapping_answers():
    codes = np.repeat([10, 40], 60)
    first, second = codes.copy(), codes.copy()
    first[:20] = 40
    second[100] = 10
    table = paired_test_by_type(codes, certain(first), certain(second))
    # 40 of 60 found and none claimed wrongly; against all found and one claimed wrongly.
    assert table.loc[10, "first"] == pytest.approx(2 * 40 / (60 + 40))
    assert table.loc[10, "second"] == pytest.approx(2 * 60 / (60 + 61))
    assert table.loc[10, "low"] <= table.loc[10, "difference"] <= table.loc[10, "high"]
    assert table.loc[10, "p_value"] < 0.01
    assert table.loc[50, ["support", "difference"]].tolist() == [0, 0]
    same = paired_test_by_type(codes, certain(first), certain(first))
    assert (same["p_value"] == 1).all()


def test_few_products_show_nothing():
    """Four products of forty that only one model gets right: the exact sign test gives 0.125."""
    codes = np.repeat([10, 40], 40)
    first = codes.copy()
    first[:4] = 50
    table = paired_test_by_type(codes, certain(first), certain(codes))
    assert table.loc[10, "p_value"] == pytest.approx(0.125, abs=0.03)


def test_paired_test_of_a_model_with_itself():
    codes = np.repeat([10, 40], 5)
    test = paired_test(codes, certain(codes), certain(codes))
    assert (test.difference, test.p_value, test.interval) == (0, 1, (0, 0))


def test_significance_is_said_in_words():
    clear = PairedTest(1800, 0.1, (0.05, 0.15), 10, 90, 1e-6)
    assert model_comparison.significance_in_words("a", "b", clear) == (
        "b is better on this test set (p < 0.001, 1,800 products)."
    )
    none = PairedTest(1800, 0.001, (-0.01, 0.01), 10, 12, 0.8)
    assert model_comparison.significance_in_words("a", "b", none).startswith(
        "No difference that 1,800 products can show"
    )


def test_model_table_has_every_registered_model(context):
    table = model_table.model_table(context.assets).set_index("model")
    assert list(table.index) == [entry.name for entry in REGISTRY]
    assert table.loc["logistic_regression", "published"] == 0.771
    assert table.loc["image_vgg16_224", "published_measure"] == "validation accuracy"
    row = table.loc["text_linear"]
    assert row["low"] <= row["weighted_f1"] <= row["high"]
    assert row["size_mb"] > 0 and row["milliseconds"] > 0 and row["peak_memory_mb"] > 1


def test_f1_by_type_is_that_of_the_metrics(context):
    table = model_table.f1_by_type(context.assets, ["text_linear"])
    saved = context.assets.model("text_linear").test_probabilities()
    codes = saved["prdtypecode"].to_numpy()
    predicted = np.asarray(CODES)[probability_matrix(saved).argmax(axis=1)]
    assert list(table.index) == list(CODES)
    present = table["text_linear"].dropna()
    assert set(present.index) == set(codes)
    expected = f1_score(codes, predicted, labels=list(present.index), average=None, zero_division=0)
    assert present.to_numpy() == pytest.approx(expected)


def test_models_are_compared_on_the_products_that_both_answered(context):
    test = model_comparison.compare(context.assets, "text_linear", "image_linear")
    text, image = (
        set(context.assets.model(name).test_probabilities()["productid"])
        for name in ("text_linear", "image_linear")
    )
    assert test.rows == len(text & image) < len(text)
    by_type = model_comparison.compare_by_type(context.assets, "text_linear", "image_linear")
    assert by_type["support"].sum() == test.rows
    assert ((by_type["second"] - by_type["first"]) == by_type["difference"]).all()


def test_confusions_and_the_products_behind_them(context):
    matrix = confusion.confusion_matrix(context.assets, "image_linear")
    table = context.assets.model("image_linear").test_probabilities()
    assert matrix.sum() == len(table)
    for true, answered in zip(*np.nonzero(matrix), strict=True):
        products = confusion.products_of_cell(
            context.assets, "image_linear", CODES[true], CODES[answered]
        )
        assert len(products) == matrix[true, answered]
        assert products["answered_probability"].is_monotonic_decreasing
        assert (products["answered_probability"] >= products["true_probability"]).all()


def test_matrices_are_normalised_by_row_or_column():
    matrix = np.zeros((27, 27))
    matrix[0, :2], matrix[1, 1] = (3, 1), 4
    assert confusion.normalise(matrix, "row")[0, :2].tolist() == [0.75, 0.25]
    assert confusion.normalise(matrix, "column")[:2, 1].tolist() == [0.2, 0.8]
    assert confusion.normalise(matrix, "count") is matrix
    strongest = confusion.strongest_confusions(matrix, 1).iloc[0]
    assert (strongest["true"], strongest["answered"], strongest["share"]) == (10, 40, 0.25)
    assert strongest["support"] == 4


def test_types_are_ordered_by_code_domain_or_clustering():
    matrix = np.eye(27) * 10
    matrix[0, 26] = matrix[26, 0] = 9
    order = confusion.order_of_types("clustering", matrix)
    assert sorted(order) == list(CODES)
    assert abs(order.index(CODES[0]) - order.index(CODES[26])) == 1
    assert confusion.order_of_types("code") == list(CODES)
    assert confusion.order_of_types("domain")[:5] == [10, 2280, 2403, 2522, 2705]
    with pytest.raises(ModelError, match="Unknown order"):
        confusion.order_of_types("size")


def test_a_profile_has_every_trained_model(context):
    profile = confusion.profile(context.assets, 2583)
    assert list(profile.index) == saved_answers.trained_models(context.assets)
    assert (profile["confused_with"] != 2583).all()
    assert profile["support"].max() > 0


def test_calibration_tables_count_every_product(context):
    rows = context.assets.model("text_linear").metrics["all"]["rows"]
    assert trust.reliability_of(context.assets, "text_linear")["products"].sum() == rows
    truth = trust.true_class_probability(context.assets, "text_linear")
    assert truth.shape == (rows,) and ((truth >= 0) & (truth <= 1)).all()


def test_published_figures_are_complete():
    table = published.f1_by_type()
    assert list(table.index) == list(CODES) and table.shape == (27, 11)
    assert table.loc[10, "logistic_regression"] == 0.449
    assert published.f1_summary().loc["weighted avg", "fusion_mobilenet_224_crop"] == 0.832
    assert published.confusion().loc[10, 2403] == 0.15
    assert published.score("VGG16") == (0.49, "validation accuracy")
    assert published.score("GradBoost") == (0.06, "weighted F1")
    assert published.score(None) is None and published.score("unknown") is None


def test_steps_are_between_registered_models_and_gains_are_differences(context):
    names = {entry.name for entry in REGISTRY}
    assert all({step.before, step.after} <= names for step in STEPS)
    table = ablation(context.assets).set_index("after")
    assert set(table["before"]) | set(table.index) <= set(
        saved_answers.trained_models(context.assets)
    )
    row = table.loc["text_stacked"]
    scores = [
        context.assets.model(name).metrics["all"]["weighted_f1"]
        for name in ("text_linear", "text_stacked")
    ]
    # Both answer the products with a text: the gain is the difference of their scores.
    assert row["gain"] == pytest.approx(scores[1] - scores[0])
    assert row["low"] <= row["gain"] <= row["high"] and not row["stale"]
    assert row["rows"] == context.assets.model("text_stacked").metrics["all"]["rows"]


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(0.01, 0.02, "helped"), (-0.2, -0.1, "did harm"), (-0.1, 0.1, "no difference shown")],
)
def test_a_gain_in_words(low, high, word):
    assert verdict(low, high) == word


def test_what_quantization_costs_is_a_table_of_the_models_that_ship_so(context, tmp_path):
    table = model_table.quantization_costs(context.assets)
    quantized = [
        "text_convolutional",
        "text_transformer",
        "image_finetuned_int8",
    ]
    assert list(table["label"]) == [label_of_model(name) for name in quantized]
    assert np.allclose(table["cost"], table["before"] - table["after"])
    assert (table["rows"] > 0).all() and (table["size_mb"] > 0).all()
    assert model_table.quantization_costs(Assets(tmp_path)).empty


def test_the_best_models_are_ours_and_the_studys_the_better_first():
    table = best_models(Assets())
    assert table["reads"].tolist() == ["text", "text", "image", "image", "fusion", "fusion"]
    for _reads, pair in table.groupby("reads"):
        assert pair["weighted_f1"].is_monotonic_decreasing
        assert set(pair["whose"]) == {"own", "study"}


def test_the_best_models_are_ours_alone_where_the_study_is_not_trained(context):
    table = best_models(context.assets)
    assert table["reads"].tolist() == ["text", "image", "fusion"]
    assert set(table["whose"]) == {"own"}
    assert len(best_chart(table).layout.shapes) == 3


def test_a_card_names_the_weights_that_all_parts_of_a_model_start_from():
    card = model_card(Assets(), "cascade")
    for origin in ("CLIP ViT-B/16", "EfficientNet-Lite", "multilingual-e5-small"):
        assert origin in card
    assert "no pre-trained weights" in model_card(Assets(), "text_linear")
