import pickle

import numpy as np
import pytest

from rakuten_core import registry
from rakuten_core.data.products import Products
from rakuten_core.errors import AssetError, ModelError
from rakuten_core.evaluation.metrics import (
    confusion_counts,
    evaluate,
    expected_calibration_error,
    weighted_f1,
    weighted_f1_of,
)
from rakuten_core.inference.models.calibration import fit_temperature, to_probabilities
from rakuten_core.inference.models.convolutional import (
    DESCRIPTION_KERNELS,
    TITLE_KERNELS,
    TextConvolutional,
)
from rakuten_core.inference.models.image_network import LinearHead
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.inference.models.quantization import quantize_rows
from rakuten_core.inference.models.stacking import Stacked
from rakuten_core.inference.models.two_stage import TwoStage
from rakuten_core.taxonomy import CODES, PRODUCT_TYPES, Domain
from rakuten_core.training.pretrained.torch_weights import read_torch_weights

TITLES = ["livre ancien", "roman poche", "lampe bleue", "guirlande LED", "piscine ronde", "bâche"]
DESCRIPTIONS = ["dos jauni", "", "abat-jour <b>tissu</b>", "", "liner", "pour piscine"]
PRODUCTS = Products.of_texts(TITLES, DESCRIPTIONS)
TEXT_CODES = [10, 10, 2060, 2060, 2583, 2583]


@pytest.fixture
def text_model() -> TextLinear:
    return TextLinear(minimum_products=1).fit(PRODUCTS, TEXT_CODES)


def answers(probabilities: np.ndarray) -> list[int]:
    return [CODES[position] for position in probabilities.argmax(axis=1)]


def test_text_model_learns_and_sums_to_one(text_model):
    probabilities = text_model.predict_proba(PRODUCTS)
    assert probabilities.shape == (6, 27)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert answers(probabilities) == TEXT_CODES


def test_text_model_never_answers_a_type_it_has_not_seen(text_model):
    probabilities = text_model.predict_proba(
        Products.of_texts(["console manette", ""], ["", "zzz"])
    )
    assert set(answers(probabilities)) <= {10, 2060, 2583}
    unseen = [position for position, code in enumerate(CODES) if code not in (10, 2060, 2583)]
    assert (probabilities[:, unseen] < 1e-6).all()


def test_text_model_reads_markup_case_and_accents_alike(text_model):
    plain = text_model.scores(Products.of_texts(["bache"], ["abat-jour tissu"]))
    marked = text_model.scores(
        Products.of_texts(["B&acirc;che"], ["<p>ABAT-JOUR</p> <i>tissu</i>"])
    )
    assert np.array_equal(plain, marked)


def test_text_model_tells_title_from_description(text_model):
    scores = text_model.scores(Products.of_texts(["piscine", ""], ["", "piscine"]))
    assert not np.allclose(scores[0], scores[1])


def test_text_model_is_the_same_after_saving(text_model, tmp_path):
    text_model.temperature_ = 0.5
    text_model.save(tmp_path)
    (path,) = tmp_path.iterdir()
    loaded = TextLinear.load(tmp_path)
    texts = Products.of_texts(["une piscine bleue", "", "inconnu"], ["", "roman", ""])
    assert np.allclose(loaded.predict_proba(texts), text_model.predict_proba(texts), atol=2e-3)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(AssetError, match=r"text_linear\.npz cannot be read"):
        TextLinear.load(tmp_path)


def test_text_model_keeps_the_strongest_features():
    model = TextLinear(minimum_products=1, features=60).fit(PRODUCTS, TEXT_CODES)
    assert len(model.coefficients_) == 60
    assert answers(model.predict_proba(PRODUCTS)) == TEXT_CODES


def test_image_head_folds_its_scaling_into_the_weights(tmp_path):
    generator = np.random.default_rng(0)
    codes = np.repeat([10, 60, 2905], 30)
    features = 100 + 5 * generator.normal(size=(90, 8)) + 20 * np.repeat(np.eye(8)[:3], 30, axis=0)
    model = LinearHead(C=1.0).fit(features, codes)
    probabilities = model.predict_proba(features)
    assert np.mean(np.array(answers(probabilities)) == codes) > 0.9
    model.save(tmp_path)
    assert np.array_equal(LinearHead.load(tmp_path).predict_proba(features), probabilities)
    with pytest.raises(AssetError, match="cannot be read"):
        LinearHead.load(tmp_path / "none")


def test_temperature_corrects_a_model_that_is_too_sure():
    generator = np.random.default_rng(0)
    scores = generator.normal(size=(4000, 5))
    chances = to_probabilities(scores)
    labels = np.array([generator.choice(5, p=chance) for chance in chances])
    assert fit_temperature(3 * scores, labels) == pytest.approx(3, rel=0.1)
    assert fit_temperature(scores, labels) == pytest.approx(1, rel=0.1)


def probabilities_of(codes: np.ndarray, right: np.ndarray, sure: float) -> np.ndarray:
    """Return probabilities that favour the true code where `right`, another one elsewhere."""
    table = np.full((len(codes), 27), (1 - sure) / 26)
    positions = np.searchsorted(CODES, codes)
    table[np.arange(len(codes)), np.where(right, positions, (positions + 1) % 27)] = sure
    return table


@pytest.fixture
def stacked() -> tuple[Stacked, np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    codes = generator.choice(CODES, 1500)
    text = probabilities_of(codes, generator.random(1500) < 0.8, 0.7)
    image = probabilities_of(codes, generator.random(1500) < 0.6, 0.5)
    return Stacked().fit(text, image, codes), text, image, codes


def test_fusion_beats_both_of_its_models(stacked):
    fusion, text, image, codes = stacked
    fused = weighted_f1(codes, fusion.combine(text, image))
    assert fused > weighted_f1(codes, text) + 0.02
    assert fused > weighted_f1(codes, image) + 0.02


def test_fusion_hands_on_the_one_model_that_is_there(stacked):
    fusion, text, image, _ = stacked
    assert np.allclose(fusion.combine(text, None), text)
    assert np.allclose(fusion.combine(None, image), image)
    some_text, some_image = text.copy(), image.copy()
    some_text[0], some_image[1] = np.nan, np.nan
    fused = fusion.combine(some_text, some_image)
    assert np.allclose(fused[0], image[0]) and np.allclose(fused[1], text[1])
    assert np.allclose(fused[2:], fusion.combine(text, image)[2:])


def test_two_types_are_told_apart():
    """scikit-learn keeps one row of weights for two classes."""
    codes = np.repeat([10, 40], 30)
    text = probabilities_of(codes, np.ones(60, bool), 0.9)
    fused = Stacked().fit(text, text, codes).combine(text, text)
    assert (np.asarray(CODES)[fused.argmax(axis=1)] == codes).all()
    texts = Products.of_texts(["livre ancien", "console jeu"] * 10, ["usé"] * 20)
    model = TextLinear(minimum_products=1).fit(texts, [10, 40] * 10)
    answers = model.predict_proba(Products.of_texts(["livre", "console"])).argmax(axis=1)
    assert np.asarray(CODES)[answers].tolist() == [10, 40]


def test_fusion_needs_something(stacked):
    fusion, text, image, _ = stacked
    with pytest.raises(ModelError, match="the product has none"):
        fusion.combine(None, None)
    text[3], image[3] = np.nan, np.nan
    with pytest.raises(ModelError, match="1 products have no answer"):
        fusion.combine(text, image)


def test_fusion_is_the_same_after_saving(stacked, tmp_path):
    fusion, text, image, _ = stacked
    fusion.save(tmp_path)
    loaded = Stacked.load(tmp_path)
    assert np.array_equal(loaded.combine(text, image), fusion.combine(text, image))
    (tmp_path / "stacked.npz").write_bytes(b"")
    with pytest.raises(AssetError):
        Stacked.load(tmp_path)


def test_two_stages_answer_with_the_domain_and_then_the_type(tmp_path):
    """The first model knows the domain only, the second the type only."""
    codes = np.array([10, 2280, 40, 2905] * 30)
    places = np.searchsorted(CODES, codes)
    books, gaming = (
        [CODES.index(each.code) for each in PRODUCT_TYPES if each.domain is domain]
        for domain in (Domain.BOOKS, Domain.GAMING)
    )
    first = np.full((len(codes), 27), 0.001)
    second = np.full((len(codes), 27), 0.001)
    for row, place in enumerate(places):
        first[row, books if place in books else gaming] = 0.2
        second[row, place] = 0.4
        # Each type has a double in the other domain, which the second model takes it for as well.
        double = {10: 40, 40: 10, 2280: 2905, 2905: 2280}[codes[row]]
        second[row, CODES.index(double)] = 0.45
    first /= first.sum(axis=1, keepdims=True)
    second /= second.sum(axis=1, keepdims=True)
    model = TwoStage(l2_penalty=1.0).fit(first, second, codes)
    fused = model.combine(first, second)
    assert answers(fused) == codes.tolist()
    assert np.allclose(fused.sum(axis=1), 1)
    assert model.parameter_count > 0
    missing = np.full_like(second, np.nan)
    assert np.allclose(model.combine(first, missing), first, atol=1e-6)
    model.save(tmp_path)
    assert np.array_equal(TwoStage.load(tmp_path).combine(first, second), fused)
    with pytest.raises(ModelError, match="no answer"):
        model.combine(missing, missing)
    with pytest.raises(ModelError, match="two types"):
        TwoStage().fit(first[:1], second[:1], codes[:1])


def test_vectors_in_eight_bits_are_off_by_half_a_step_at_most():
    vectors = np.array([[1.27, -0.5, 0.004], [0, 0, 0], [-300, 299, 1]], np.float32)
    rounded, scale = quantize_rows(vectors)
    assert rounded.dtype == np.int8 and rounded[0].tolist() == [127, -50, 0]
    assert rounded[1].tolist() == [0, 0, 0] and rounded[2, 0] == -127
    assert (np.abs(rounded * scale - vectors) <= scale * 0.501).all()


def test_convolutions_over_words_worked_by_hand(tmp_path):
    """One number per word; only the convolution of two words over the title counts."""
    model = TextConvolutional(["a", "b"])
    model.weights_ = {"vectors": np.array([[0], [7], [1], [2]], np.float32)}
    for name, width in (
        *((f"title{width}", width) for width in TITLE_KERNELS),
        *((f"description{width}", width) for width in DESCRIPTION_KERNELS),
    ):
        model.weights_[f"{name}_kernel"] = np.zeros((width, 1, 1), np.float32)
        model.weights_[f"{name}_bias"] = np.zeros(1, np.float32)
    model.weights_["title2_kernel"][:, 0, 0] = [1, 10]
    # Five pooled convolutions, then the mean word of the title and of the description.
    model.weights_["scores_kernel"] = np.eye(7, 27, dtype=np.float32)
    model.weights_["scores_bias"] = np.zeros(27, np.float32)
    scores = model.scores(
        Products.of_texts(["A b a", "<p>\u00c0</p>", "b zzz", ""], ["", "b b", "", ""])
    )
    assert scores[:, 1].tolist() == [1 + 20, 1, 2 + 70, 0]
    assert np.allclose(scores[:, 5], [4 / 3, 1, 4.5, 0])
    assert scores[:, 6].tolist() == [0, 2, 0, 0]
    model.save(tmp_path)
    loaded = TextConvolutional.load(tmp_path)
    assert np.allclose(loaded.scores(Products.of_texts(["A b a"])), scores[:1])
    assert np.array_equal(
        loaded.encode(Products.of_texts(["b c"], ["a"]))[0, [0, 1, 2, 24]], [3, 1, 0, 2]
    )


def test_the_vocabulary_is_of_words_that_enough_products_have():
    products = Products.of_texts(["Été bleu", "bleu bleu", "vert"], ["", "rouge", "été"])
    assert TextConvolutional.vocabulary(products, 2, 10) == ["bleu", "ete"]
    assert TextConvolutional.vocabulary(products, 1, 3) == ["bleu", "ete", "rouge"]


def test_measures_against_a_table_worked_by_hand():
    codes = np.array([10, 10, 10, 40])
    predicted = [10, 10, 40, 40]
    table = np.full((4, 27), 0.01)
    for row, code in enumerate(predicted):
        table[row, CODES.index(code)] = 0.74
    measures = evaluate(codes, table)
    assert measures["rows"] == 4
    assert measures["accuracy"] == 0.75
    assert measures["by_type"]["10"] == pytest.approx(
        {"precision": 1.0, "recall": 2 / 3, "f1": 0.8, "support": 3}
    )
    assert measures["by_type"]["40"]["f1"] == pytest.approx(2 / 3)
    assert measures["weighted_f1"] == pytest.approx((3 * 0.8 + 2 / 3) / 4)
    assert measures["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert measures["weighted_f1"] == pytest.approx(weighted_f1(codes, table))
    assert measures["expected_calibration_error"] == pytest.approx(0.01)
    assert measures["log_loss"] == pytest.approx(-(3 * np.log(0.74) + np.log(0.01)) / 4)
    low, high = measures["weighted_f1_interval"]
    assert low <= measures["weighted_f1"] <= high
    counts = confusion_counts(codes, table)
    assert counts[0, :2].tolist() == [2, 1] and counts.sum() == 4


def test_bootstrap_samples_are_scored_as_scikit_learn_scores_them():
    generator = np.random.default_rng(0)
    labels, predicted = generator.integers(0, 27, (2, 300))
    rows = np.stack([np.arange(300), generator.integers(0, 300, 300)])
    table = np.eye(27)[predicted]
    expected = [weighted_f1(np.array(CODES)[labels[chosen]], table[chosen]) for chosen in rows]
    assert weighted_f1_of(labels[rows], predicted[rows]) == pytest.approx(expected)
    assert weighted_f1_of(labels, predicted) == pytest.approx(expected[0])


def test_calibration_error_of_a_perfectly_sure_and_right_model_is_zero():
    assert expected_calibration_error(np.array([1, 0]), np.array([[0.0, 1.0], [1.0, 0.0]])) == 0
    assert expected_calibration_error(np.array([0, 0]), np.array([[0.0, 1.0], [1.0, 0.0]])) == 0.5


def test_the_registry_selects_by_name_modality_and_family():
    assert [each.name for each in registry.select("image_linear,text_linear")] == [
        "text_linear",
        "image_linear",
    ]
    assert all(each.modality == "image" for each in registry.select("modality:image"))
    assert registry.select("family:text") == registry.select("modality:text")
    assert {each.family for each in registry.select("family:deep learning")} == {"deep learning"}
    assert registry.select() == list(registry.REGISTRY)
    with pytest.raises(ModelError, match="Received: 'bert'"):
        registry.select("bert")
    with pytest.raises(ModelError, match=r"Unknown modality.*sound"):
        registry.select("modality:sound")


def test_every_model_stands_after_those_it_needs():
    seen: set[str] = set()
    for each in registry.REGISTRY:
        assert set(each.needs) <= seen
        assert each.modality in registry.MODALITIES
        seen.add(each.name)


def test_weights_files_may_not_name_code(tmp_path):
    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(print))
    with pytest.raises(AssetError, match="not allowed"):
        read_torch_weights(path)
    path.write_bytes(pickle.dumps(1))
    with pytest.raises(AssetError, match="state dictionary"):
        read_torch_weights(path)
    with pytest.raises(AssetError, match="missing"):
        read_torch_weights(tmp_path / "none.pth")


def test_a_broken_network_file_is_named(tmp_path):
    path = tmp_path / "network.tflite"
    with pytest.raises(AssetError, match="missing"):
        LiteNetwork(path)
    path.write_bytes(b"not a network")
    with pytest.raises(AssetError, match="cannot be loaded"):
        LiteNetwork(path)


def test_imagenet_weights_give_the_same_features_in_keras_and_litert(tmp_path):
    from rakuten_core.training.lite_export import export_lite
    from rakuten_core.training.pretrained.efficientnet_lite import (
        efficientnet_lite,
        imagenet_weights_path,
        load_torch_weights,
    )

    weights = read_torch_weights(imagenet_weights_path("efficientnet_lite0"))
    assert weights["_conv_stem.weight"].shape == (32, 3, 3, 3)
    model = efficientnet_lite("efficientnet_lite0", 64)
    assert model.count_params() == 3_413_024
    load_torch_weights(model, imagenet_weights_path("efficientnet_lite0"))
    export_lite(model, tmp_path / "network.tflite")
    network = LiteNetwork(tmp_path / "network.tflite")
    pixels = np.random.default_rng(0).uniform(-1, 1, (64, 64, 3)).astype(np.float32)
    features = network.run(pixels)
    assert network.image_size == 64 and features.shape == (2, 2, 1280)
    assert np.allclose(features, model(pixels[np.newaxis])[0], atol=1e-3)
