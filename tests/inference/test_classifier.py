import csv
import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from rakuten_core.bulk.files import OUTPUT_COLUMNS, classify_file
from rakuten_core.errors import AssetError, CatalogError, ImageError, ModelError
from rakuten_core.inference import Classification, Classifier, RankedType
from rakuten_core.inference.models.image_network import network_path
from rakuten_core.registry import ANSWERING, best
from rakuten_core.taxonomy import product_type

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
    path = network_path(tmp_path / "assets" / "models" / best()["image"])
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(AssetError, match="SHA-256"):
        Classifier.load(tmp_path / "assets")


def write_rows(path, text):
    path.write_text(",designation,description,productid,imageid\n" + text, encoding="utf-8")
    return path


def read_rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_file_gives_one_row_per_row_whatever_is_wrong(classifier, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "image_3_product_30.jpg").write_bytes(b"broken")
    Image.new("RGB", (20, 20), "red").save(photos / "image_4_product_40.jpg")
    source = write_rows(
        tmp_path / "X.csv",
        f'0,{TITLE},"<p>Une\nbâche</p>",10,1\n'
        "1,,,20,2\n"
        f"2,{TITLE},,30,3\n"
        "3,,,40,4\n"
        "4,Lampe murale\n"
        "5,Lampe murale,,abc,5\n"
        "6,a,b,70,7,more\n",
    )
    output = tmp_path / "out" / "OUT.csv"
    report = classify_file(classifier, source, output, photos)
    assert (report.rows, report.encoding) == (7, "utf-8")
    rows = read_rows(output)
    assert tuple(rows[0]) == OUTPUT_COLUMNS
    assert [row["productid"] for row in rows] == ["10", "20", "30", "40", "", "abc", "70"]
    assert [row["used"] for row in rows] == ["text", "", "text", "image", "text", "text", "text"]
    assert rows[0]["prdtypecode"] == "2583" and rows[0]["error"] == ""
    assert rows[0]["top3"].startswith(f"2583:{rows[0]['probability']} ")
    assert len(rows[0]["top3"].split()) == 3
    assert rows[1]["error"] == "no title, description or photo" and rows[1]["prdtypecode"] == ""
    assert "not a picture" in rows[2]["error"] and rows[2]["prdtypecode"] == "2583"
    assert rows[3]["error"] == ""
    assert "2 columns instead of 5" in rows[4]["error"]
    assert "whole numbers" in rows[5]["error"]
    assert "6 columns instead of 5" in rows[6]["error"]


def test_a_file_longer_than_a_chunk_keeps_its_order(classifier, tmp_path):
    source = write_rows(
        tmp_path / "X.csv", "".join(f"{i},Lampe {i},,{i},{i}\n" for i in range(700))
    )
    assert classify_file(classifier, source, tmp_path / "OUT.csv").rows == 700
    assert [row["productid"] for row in read_rows(tmp_path / "OUT.csv")] == [
        str(i) for i in range(700)
    ]


def test_files_of_another_form_are_refused_and_nothing_is_written(classifier, tmp_path):
    output = tmp_path / "OUT.csv"
    output.write_text("mine")
    source = tmp_path / "X.csv"
    source.write_text("title;price\na;1\n")
    with pytest.raises(CatalogError, match="lacks the column designation and productid"):
        classify_file(classifier, source, output)
    source.write_text("")
    with pytest.raises(CatalogError, match="an empty file"):
        classify_file(classifier, source, output)
    with pytest.raises(CatalogError, match="No such file"):
        classify_file(classifier, tmp_path / "none.csv", output)
    write_rows(source, "0,a,,1,1\n")
    with pytest.raises(CatalogError, match="not a folder"):
        classify_file(classifier, source, output, tmp_path / "none")
    assert output.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["OUT.csv", "X.csv"]


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


class Interrupted:
    """A classifier that stops before a chunk, as a killed process does."""

    def __init__(self, classifier, chunks: int, fingerprint: str = "one") -> None:
        self.classifier, self.left, self.fingerprint, self.asked = (
            classifier,
            chunks,
            fingerprint,
            0,
        )

    def classify_many(self, rows, images, top):
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        rows = list(rows)
        self.asked += len(rows)
        return self.classifier.classify_many(rows, images, top)


def test_an_interrupted_file_goes_on_with_its_chunk(classifier, tmp_path):
    source, output = tmp_path / "X.csv", tmp_path / "OUT.csv"
    lines = "".join(f"{number},{TITLE} {number},,{number},1\n" for number in range(2500))
    source.write_text("index,designation,description,productid,imageid\n" + lines)
    classify_file(Interrupted(classifier, 99), source, tmp_path / "WHOLE.csv")
    for before in (1, 0):
        with pytest.raises(KeyboardInterrupt):
            classify_file(Interrupted(classifier, before), source, output)
        assert not output.exists()
    rest = Interrupted(classifier, 99)
    assert classify_file(rest, source, output).rows == 2500
    assert rest.asked == 1500
    assert output.read_bytes() == (tmp_path / "WHOLE.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["OUT.csv", "WHOLE.csv", "X.csv"]

    # Another model starts anew.
    with pytest.raises(KeyboardInterrupt):
        classify_file(Interrupted(classifier, 2), source, output)
    other = Interrupted(classifier, 99, "two")
    classify_file(other, source, output)
    assert other.asked == 2500
