import csv

import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from rakuten_core.bulk.local_engine import OUTPUT_COLUMNS, classify_file
from rakuten_core.errors import CatalogError

TITLE = "Piscine gonflable avec pompe et filtration"
HEADER = ",designation,description,productid,imageid\n"


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
        "2,Objet divers,,30,3\n"
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
    assert "not a picture" in rows[2]["error"] and rows[2]["prdtypecode"]
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
    source.write_text("stock;price\na;1\n")
    with pytest.raises(CatalogError, match="No column says anything"):
        classify_file(classifier, source, output)
    source.write_text("")
    with pytest.raises(CatalogError, match="its first row must name the columns"):
        classify_file(classifier, source, output)
    with pytest.raises(CatalogError, match="No such file"):
        classify_file(classifier, tmp_path / "none.csv", output)
    write_rows(source, "0,a,,1,1\n")
    with pytest.raises(CatalogError, match="neither a folder nor a ZIP"):
        classify_file(classifier, source, output, tmp_path / "none")
    assert output.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["OUT.csv", "X.csv"]


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


def test_a_file_is_never_its_own_output(classifier, tmp_path):
    source = tmp_path / "X.csv"
    source.write_text(HEADER + f"0,{TITLE},,1,1\n", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(source)
    for output in (source, tmp_path / "link.csv", tmp_path / "." / "X.csv"):
        with pytest.raises(CatalogError, match="is the file to read"):
            classify_file(classifier, source, output)
    assert source.read_text(encoding="utf-8").startswith(HEADER)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_files_in_other_encodings_are_read_as_they_were_written(
    classifier, tmp_path, encoding, found
):
    source = tmp_path / "X.csv"
    title = "Bâche d'été pour piscine"
    source.write_bytes((HEADER.lstrip(",") + f"{title},,1,1\n").encode(encoding))
    source.write_bytes(
        f"designation,description,productid,imageid\n{title},,é1,1\n".encode(encoding)
    )
    report = classify_file(classifier, source, tmp_path / "OUT.csv")
    assert (report.rows, report.encoding) == (1, found)
    (row,) = read_rows(tmp_path / "OUT.csv")
    assert row["productid"] == "é1"
    best = classifier.classify(title).best
    assert row["probability"] == f"{best.probability:.4f}"


def test_a_file_that_is_no_text_is_refused(classifier, tmp_path):
    source = tmp_path / "X.csv"
    source.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(CatalogError, match="not a text file"):
        classify_file(classifier, source, tmp_path / "OUT.csv")


def test_formulas_in_ids_are_quoted_and_a_column_may_have_any_name(classifier, tmp_path):
    source = tmp_path / "X.csv"
    ids = ["=1+1", "+cmd", "@SUM(A1)", "-5", "-a", "7"]
    lines = "".join(f"{TITLE},{each},mine\n" for each in ids)
    source.write_text(f"designation,productid,layout_error\n{lines}", encoding="utf-8")
    classify_file(classifier, source, tmp_path / "OUT.csv")
    rows = read_rows(tmp_path / "OUT.csv")
    assert [row["productid"] for row in rows] == ["'=1+1", "'+cmd", "'@SUM(A1)", "-5", "'-a", "7"]
    assert "apostrophe" in rows[0]["error"] and rows[5]["error"] == rows[3]["error"] == ""


def titles(count: int) -> pd.DataFrame:
    ids = [str(number) for number in range(count)]
    return pd.DataFrame({"titre": [f"{TITLE} {each}" for each in ids], "id": ids})


def test_two_processes_answer_as_one_does(classifier, tmp_path):
    source = tmp_path / "X.parquet"
    titles(2300).to_parquet(source)
    classify_file(classifier, source, tmp_path / "one.parquet")
    classify_file(classifier, source, tmp_path / "two.parquet", workers=2)
    one, two = (pq.read_table(tmp_path / name) for name in ("one.parquet", "two.parquet"))
    assert one.num_rows == 2300 and one.equals(two)
    assert one["productid"].to_pylist() == [str(number) for number in range(2300)]


def test_a_folder_of_parquet_files_gives_a_folder_and_goes_on_with_what_is_missing(
    classifier, tmp_path
):
    source, output = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for name in ("a", "b"):
        titles(30).to_parquet(source / f"{name}.parquet")
    assert classify_file(classifier, source, output).rows == 60
    before = (output / "a.parquet").stat().st_mtime_ns
    (output / "b.parquet").unlink()
    rest = Interrupted(classifier, 99, classifier.fingerprint)
    assert classify_file(rest, source, output).rows == 60
    assert rest.asked == 30 and (output / "a.parquet").stat().st_mtime_ns == before
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(CatalogError, match="holds no Parquet file"):
        classify_file(classifier, empty, output)


def test_an_output_of_another_kind_is_refused(classifier, tmp_path):
    source = tmp_path / "X.csv"
    source.write_text(HEADER + f"0,{TITLE},,1,1\n")
    with pytest.raises(CatalogError, match=r"must end in \.csv and \.parquet"):
        classify_file(classifier, source, tmp_path / "OUT.xls")
