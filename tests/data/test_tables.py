"""Tables as people have them, and what is refused in words."""

import io
import zipfile

import openpyxl
import pandas as pd
import pytest

from rakuten_core.data.column_names import columns_by_name
from rakuten_core.data.product_columns import find_columns, product_rows
from rakuten_core.data.tables import open_table
from rakuten_core.errors import CatalogError


def written(tmp_path, name: str, content: bytes | str):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path, separator):
    text = f"titre{separator}prix\nLampe{separator}3\n"
    table = open_table(written(tmp_path, "a.csv", text))
    assert (table.separator, table.columns, table.encoding) == (
        separator,
        ("titre", "prix"),
        "utf-8",
    )
    assert [row.values for row in table.rows()] == [{"titre": "Lampe", "prix": "3"}]


def test_columns_are_found_by_what_sellers_call_them():
    columns = ["Réf", "Intitulé", "Descriptif", "Image", "Prix"]
    assert columns_by_name(columns) == {
        "productid": "Réf",
        "designation": "Intitulé",
        "description": "Descriptif",
        "photo": "Image",
    }
    assert columns_by_name(["a", "b"]) == {}


def test_rows_of_another_length_are_kept_and_told(tmp_path):
    table = open_table(written(tmp_path, "a.csv", "title,ref\na\nb,1,2\nc,3\n"))
    rows = list(product_rows(table, find_columns(table)))
    assert [row.values for row in rows] == [
        {"designation": "a"},
        {"designation": "b", "productid": "1"},
        {"designation": "c", "productid": "3"},
    ]
    assert "1 columns instead of 2" in rows[0].problem
    assert "3 columns instead of 2" in rows[1].problem and rows[2].problem is None
    assert table.count() == 3


def workbook(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_excel_is_read_as_it_shows(tmp_path):
    content = workbook(["titre", "ref", "prix"], ["Lampe", 12.0, None], [None, "x", 2.5])
    table = open_table(written(tmp_path, "a.xlsx", content))
    assert [row.values for row in table.rows()] == [
        {"titre": "Lampe", "ref": "12", "prix": None},
        {"titre": None, "ref": "x", "prix": "2.5"},
    ]
    assert [row.problem for row in table.rows()] == [None, None]


def test_parquet_keeps_pictures_and_numbers(tmp_path):
    pd.DataFrame({"title": ["a", None], "photo": [b"x", None], "id": [1, 2]}).to_parquet(
        tmp_path / "a.parquet"
    )
    table = open_table(tmp_path / "a.parquet")
    assert [row.values for row in table.rows()] == [
        {"title": "a", "photo": b"x", "id": 1},
        {"title": None, "photo": None, "id": 2},
    ]


def zipped(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, b"x")
    return content.getvalue()


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 420_000_000)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "", "its first row must name the columns"),
        ("a.csv", ",,\n", "its first row must name the columns"),
        ("a.csv", "Lampe,12.5\nTable,3\n", "looks like a product"),
        ("a.csv", ",".join(["c"] * 2_000_000) + "\n", "2,000,000 columns"),
        ("a.csv", bytes(range(256)) * 4, "not a text file"),
        ("a.pdf", b"%PDF", "a PDF document, none of the formats"),
        ("a.csv", b"\x1f\x8bbroken", "packed with gzip and damaged"),
        ("a.json", '[{"title": "a"}, 3]', "Element 2 is not a JSON object"),
        ("a.jsonl", '{"title": 1}\n[1]\n', "Line 2 is not a JSON object"),
        ("a.parquet", b"PAR1", "not a Parquet file"),
        ("a.xlsx", b"PK\x03\x04", "not a complete Excel workbook"),
        ("a.xlsx", zipped("photos/a.jpg"), "is a ZIP file"),
        ("a.ods", zipped("content.xml"), "save it as .xlsx"),
        ("a.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "has a password"),
        ("a.xlsx", workbook([None]), "its first row must name the columns"),
        ("a.xlsx", bomb(), "unpacks to 420 MB"),
    ],
)
def test_broken_files_are_refused_in_words(tmp_path, name, content, says):
    with pytest.raises(CatalogError, match=says):
        open_table(written(tmp_path, name, content)).count()


def test_a_table_that_says_nothing_of_a_product_is_refused(tmp_path):
    table = open_table(written(tmp_path, "a.csv", "prix,stock\n1,2\n"))
    with pytest.raises(CatalogError, match="No column says anything of a product"):
        next(product_rows(table, find_columns(table)))
