import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError, ImageError, ModelError
from rakuten_core.inference import Classification, Classifier, RankedType, shared_classifier
from rakuten_core.inference.answers import classification
from rakuten_core.inference.models.image_network import network_path
from rakuten_core.inference.models.model import load_model
from rakuten_core.registry import ANSWERING
from rakuten_core.reports.examples import examples
from rakuten_core.taxonomy import product_type
from rakuten_core.training.runner import load_any

CASES = Path(__file__).parents[1] / "cases"
TITLE = "Piscine gonflable avec pompe et filtration"


@pytest.fixture(scope="module")
def photo(catalog) -> bytes:
    pool = catalog.products[
        (catalog.products["prdtypecode"] == 2583) & catalog.products["photo"].notna()
    ]
    return catalog.photos.read(pool["photo"].iloc[0])


def test_text_photo_and_both_are_answered(classifier, photo):
    text = classifier.classify(TITLE)
    assert (text.used, text.image, text.text) == ("text", None, text.ranking)
    assert 2583 in [each.product_type.code for each in text.ranking]
    image = classifier.classify(image=photo)
    assert (image.used, image.text, image.image) == ("image", None, image.ranking)
    both = classifier.classify(TITLE, "Bâche et liner", photo, top=3)
    assert both.used == "both" and len(both.ranking) == 3
    assert 2583 in [each.product_type.code for each in both.ranking]
    assert both.seconds > 0 and both.stages == classifier.stages


def test_probabilities_are_ranked_and_sum_to_one(classifier):
    ranking = classifier.classify(TITLE, top=27).ranking
    probabilities = [each.probability for each in ranking]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1, abs=1e-5)
    assert len({each.product_type.code for each in ranking}) == 27


def test_the_answer_as_json(classifier):
    answer = json.loads(json.dumps(classifier.classify(TITLE).to_dict()))
    assert answer["used"] == "text" and answer["image"] is None
    assert answer["ranking"][0]["prdtypecode"] == 2583
    assert answer["ranking"][0]["label"] == "Piscines et spas"


@pytest.mark.parametrize("nothing", [(None, None), ("", ""), ("  ", "!?")])
def test_nothing_to_go_by_is_refused(classifier, nothing):
    with pytest.raises(ModelError, match="Give a title, a description or a photo"):
        classifier.classify(*nothing)


def test_a_broken_photo_is_refused(classifier):
    with pytest.raises(ImageError):
        classifier.classify(TITLE, image=b"not a picture")


def test_eight_threads_get_the_answers_of_one(classifier, catalog):
    products = catalog.products[catalog.products["photo"].notna()].head(24)
    inputs = [
        (row.designation, row.description, catalog.photos.read(row.photo))
        for row in products.itertuples()
    ]

    def answer(values):
        return [
            (each.product_type.code, each.probability)
            for each in classifier.classify(*values).ranking
        ]

    alone = [answer(values) for values in inputs]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, inputs * 2)) == alone * 2


def test_many_products_get_the_answers_of_one_by_one(classifier, catalog, sample_directory):
    products = catalog.products.head(40)
    results = list(classifier.classify_many(products, sample_directory / "images" / "image_train"))
    assert len(results) == 40 and all(result.error is None for result in results)
    for result, row in zip(results, products.itertuples(), strict=True):
        photo = catalog.photos.read(row.photo) if isinstance(row.photo, str) else None
        single = classifier.classify(row.designation, row.description, photo)
        assert result.classification.used == single.used
        assert result.classification.best.product_type == single.best.product_type
        assert result.classification.best.probability == pytest.approx(
            single.best.probability, abs=1e-5
        )


def test_many_products_with_pictures_beside_them(classifier):
    rows = [{"designation": TITLE}, {"designation": None}, {"designation": ""}, {}]
    pictures = [None, Image.new("RGB", (30, 30), "blue"), b"broken", None]
    used = [
        (result.classification and result.classification.used, result.error)
        for result in classifier.classify_many(rows, pictures)
    ]
    assert used[0] == ("text", None)
    assert used[1] == ("image", None)
    assert used[2][0] is None and "not a picture" in used[2][1]
    assert used[3] == (None, "no title, description or photo")


def test_loading_needs_complete_and_untouched_assets(context, tmp_path):
    with pytest.raises(AssetError, match=f"no trained model {ANSWERING}"):
        Classifier.load(tmp_path)
    shutil.copytree(context.assets.root, tmp_path / "assets")
    path = network_path(tmp_path / "assets" / "models" / "image_finetuned_int8")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(AssetError, match="SHA-256"):
        Classifier.load(tmp_path / "assets")


def copied(context, tmp_path, *left_out: str) -> Assets:
    """Return a copy of the trained models without some of them."""
    ignored = shutil.ignore_patterns(*left_out) if left_out else None
    shutil.copytree(context.assets.root, tmp_path / "assets", ignore=ignored)
    return Assets(tmp_path / "assets")


def test_models_made_for_other_types_are_refused(context, tmp_path):
    assets = copied(context, tmp_path)
    path = assets.root / "models" / "text_linear" / "metrics.json"
    metrics = json.loads(path.read_text(encoding="utf-8"))
    types = metrics["all"]["by_type"]
    metrics["all"]["by_type"] = {("11" if code == "10" else code): types[code] for code in types}
    path.write_text(json.dumps(metrics), encoding="utf-8")
    expected = r"text_linear was made for other .* model knows 11; only the taxonomy knows 10\."
    with pytest.raises(AssetError, match=expected):
        Classifier.load(assets.root)
    with pytest.raises(AssetError, match=expected):
        load_any(assets, "text_linear")
    # The same types in another order are as wrong.
    metrics["all"]["by_type"] = dict(reversed(types.items()))
    path.write_text(json.dumps(metrics), encoding="utf-8")
    with pytest.raises(AssetError, match="product types in another order"):
        load_model(assets, "text_linear")


def test_a_model_of_photos_alone_is_no_classifier(context):
    with pytest.raises(ModelError, match="image_stacked_clip does not stand on a text model"):
        Classifier.load(context.assets.root, "image_stacked_clip")


def test_a_row_of_nan_is_never_an_answer():
    nothing = np.full(27, np.nan)
    with pytest.raises(ModelError, match="No model that answers here reads what was given"):
        classification(nothing, None, None, 3, 0.0, ("fusion_clip",))


def test_the_best_model_that_is_there_answers(context, tmp_path):
    assert not Classifier.load(context.assets.root).is_substitute
    assets = copied(context, tmp_path, "cascade")
    scores = {
        name: assets.model(name).metrics["with_both"]["weighted_f1"]
        for name in ("fusion_clip", "fusion_two_stage")
    }
    best = Classifier.load(assets.root)
    assert best.is_substitute and best.name == max(scores, key=scores.__getitem__)
    assert best.classify(TITLE).stages == (best.name,)


def test_the_examples_are_answered_right_and_the_hard_ones_stand_last():
    shown = examples()
    hard = [each.hard for each in shown]
    assert hard == sorted(hard) and sum(hard) >= 1
    for each in shown:
        found = shared_classifier().classify(each.title, each.description, each.picture)
        if not each.hard:
            assert found.best.product_type.code == each.code, each.key
    assert all(each.name.startswith("Hard: ") for each in shown if each.hard)


def test_values_that_stand_for_nothing_are_nothing(classifier):
    for text in ("nan", "None", "NULL", "N/A", "undefined", "#N/A"):
        with pytest.raises(ModelError, match="Nothing to classify"):
            classifier.classify(text, text)


def test_a_photo_that_lacks_its_end_is_answered_from_and_told(classifier):
    path = CASES / "55_pictures" / "cut_2_percent.jpg"
    assert classifier.classify(image=path).note == "the photo is cut off: its end is missing"
    assert classifier.classify(TITLE).note is None
    (result,) = classifier.classify_many([{}], [path.read_bytes()])
    assert result.classification.used == "image" and "its end is missing" in result.error


def says(code: int, probability: float) -> tuple[RankedType, ...]:
    return (RankedType(product_type(code), probability),)


@pytest.mark.parametrize(
    ("text", "image", "disagree"),
    [
        (says(1140, 0.94), says(1160, 0.93), True),
        (says(1140, 0.94), says(1140, 0.93), False),
        (says(1140, 0.94), says(1160, 0.4), False),
        (says(1140, 0.4), says(1160, 0.93), False),
        (says(1140, 0.94), None, False),
        (None, says(1160, 0.93), False),
    ],
)
def test_text_and_photo_disagree_where_each_is_sure_of_another_type(text, image, disagree):
    answer = Classification(text or image, "both", text, image, ("fusion",), 0.01)
    assert answer.disagreement == ((text[0], image[0]) if disagree else None)
