import csv
import json
import shutil

from PIL import Image

from rakuten_core.__main__ import main
from rakuten_core.registry import ANSWERING

TITLE = "Piscine gonflable avec pompe et filtration"


def read_rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_command_line_ranks_types(context, capsys):
    assets = ["--assets", str(context.assets.root)]
    assert main(["classify", "--title", TITLE, "--top", "2", *assets]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1. ") and "2583  Pools and spas" in lines[0]
    assert len(lines) == 3 and lines[2].startswith("From the text, by ")
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
    assert ANSWERING in capsys.readouterr().out


def test_command_line_says_how_a_table_was_read_and_who_answers(context, capsys, tmp_path):
    assets = tmp_path / "assets"
    shutil.copytree(context.assets.root, assets, ignore=shutil.ignore_patterns(ANSWERING))
    source = tmp_path / "X.csv"
    source.write_text(
        "ref;accroche;atouts;photo\n1;Piscine ronde;Livraison gratuite et rapide;a.jpg\n"
    )
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (20, 20), "red").save(photos / "a.jpg")
    asked = ["classify", str(source), "--output", str(tmp_path / "OUT.csv")]
    asked += ["--assets", str(assets), "--images", str(photos)]
    assert main([*asked, "--columns", "title=accroche"]) == 0
    told = capsys.readouterr()
    assert "Title = accroche" in told.out and "Texts left out: atouts." in told.out
    assert "1 of 1 photos found" in told.out
    assert f"{ANSWERING} has not been trained here: fusion_" in told.err
    (photos / "a.jpg").rename(photos / "b.jpg")
    assert main([*asked, "--columns", "title=accroche"]) == 1
    assert "None of the 1 photos" in capsys.readouterr().err


def test_command_line_writes_a_sample(capsys, tmp_path):
    assert main(["sample", str(tmp_path / "tiny"), "--per-type", "1"]) == 0
    assert "27 products" in capsys.readouterr().out
    assert main(["sample", str(tmp_path / "tiny")]) == 1
