import csv
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from rakuten_core.__main__ import main
from rakuten_core.errors import AssetError, CatalogError, ImageError, ModelError
from rakuten_core.inference import Classifier
from rakuten_core.inference.bulk import OUTPUT_COLUMNS, classify_file
from rakuten_core.registry import BEST

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
    assert both.seconds["total"] >= both.seconds["text"] > 0


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
    with pytest.raises(AssetError, match=f"no trained model {BEST['fusion']}"):
        Classifier.load(tmp_path)
    shutil.copytree(context.assets.root, tmp_path / "assets")
    path = tmp_path / "assets" / "models" / BEST["image"] / "network.tflite"
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
    assert classify_file(classifier, source, output, photos) == 7
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
    assert classify_file(classifier, source, tmp_path / "OUT.csv") == 700
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


def test_service_charts_and_pages_never_import_tensorflow():
    """Held in a fresh process: this one has TensorFlow loaded."""
    program = (
        "import sys, rakuten_core.inference.bulk, rakuten_core.presentation.charts\n"
        "import pages.shared.resources\n"
        "rakuten_core.inference.Classifier.load().classify('Lampe')\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'tensorflow', 'keras'}))\n"
        "core = [name for name in sys.modules if name.startswith('rakuten_core')]\n"
        "print([name for name in core if hasattr(sys.modules[name], 'st')])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert finished.stdout.split("\n")[:2] == ["[]", "[]"]


def test_core_never_imports_streamlit():
    program = (
        "import sys, rakuten_core.inference.bulk, rakuten_core.presentation.charts,"
        " rakuten_core.data.catalog,"
        " rakuten_core.training.runner, rakuten_core.training.trainers.stacked\n"
        "print('streamlit' in sys.modules)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == "False"


def test_command_line_ranks_types(context, capsys):
    assets = ["--assets", str(context.assets.root)]
    assert main(["classify", "--title", TITLE, "--top", "2", *assets]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1. ") and "2583  Piscines et spas" in lines[0]
    assert len(lines) == 3 and lines[2].startswith("From the text, in ")
    assert main(["classify", "--title", TITLE, "--json", *assets]) == 0
    assert json.loads(capsys.readouterr().out)["ranking"][0]["prdtypecode"] == 2583


def test_command_line_says_what_is_wrong(context, capsys, tmp_path):
    assets = ["--assets", str(context.assets.root)]
    assert main(["classify", *assets]) == 1
    assert "Error: Nothing to classify" in capsys.readouterr().err
    assert main(["classify", str(tmp_path / "X.csv"), *assets]) == 1
    assert "--output" in capsys.readouterr().err
    assert main(["train", "--data", str(tmp_path)]) == 1
    assert "X_train_update.csv is missing" in capsys.readouterr().err


def test_command_line_classifies_a_file_and_lists_models(
    context, sample_directory, capsys, tmp_path
):
    assets = ["--assets", str(context.assets.root)]
    source = sample_directory / "X_test_update.csv"
    photos = sample_directory / "images" / "image_test"
    output = tmp_path / "OUT.csv"
    arguments = ["classify", str(source), "--images", str(photos), "--output", str(output)]
    assert main([*arguments, *assets]) == 0
    assert "Wrote 27 rows" in capsys.readouterr().out
    assert {row["error"] for row in read_rows(output)} == {""}
    assert main(["models", *assets]) == 0
    assert "fusion_stacked" in capsys.readouterr().out


def test_command_line_writes_a_sample(capsys, tmp_path):
    assert main(["sample", str(tmp_path / "tiny"), "--per-type", "1"]) == 0
    assert "27 products" in capsys.readouterr().out
    assert main(["sample", str(tmp_path / "tiny")]) == 1
