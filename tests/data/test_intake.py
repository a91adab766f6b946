"""Tables and photos of strangers, taken in within a budget: what ended a server is an error."""

import io
import json
import struct
import zipfile
import zlib

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from rakuten_core.data.intake import look_at, take_in
from rakuten_core.data.product_columns import TableLayout
from rakuten_core.data.taken_files import (
    TakenPhotos,
    taken_columns,
    taken_products,
    taken_rows,
)
from rakuten_core.errors import CatalogError, LimitError
from rakuten_core.images.decoding import decode_image
from rakuten_core.sandbox import Budget, Sandbox, reading
from tests.conftest import encode


@pytest.fixture(scope="module")
def sandbox():
    return Sandbox(Budget(seconds=20, memory_mb=400, output_mb=100))


def taken(tmp_path, name: str, content: bytes, sandbox=None, most_rows: int = 20_000):
    """Take in a table, in a child where there is one, and return what was found and products."""
    source, folder = tmp_path / name, tmp_path / "taken"
    source.write_bytes(content)
    folder.mkdir(exist_ok=True)
    run = (lambda function, *given: function(*given)) if sandbox is None else sandbox.run
    found = run(take_in, source, folder, TableLayout(), most_rows)
    return found, list(taken_products(folder))


def picture(color: str = "red") -> bytes:
    return encode(Image.new("RGB", (8, 8), color))


def test_products_photos_and_all_that_was_given_are_kept(tmp_path):
    folder = tmp_path / "taken"
    folder.mkdir()
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        archive.writestr("a/1.png", picture("red"))
        archive.writestr("b/2.png", picture("blue"))
    table = "ref;titre;photo;note\n01;Lampe;1.PNG;x\n02;=Table;9.png;y\n03;;;\n"
    found, products = taken(tmp_path, "t.csv", table.encode())
    assert (found.rows, found.photos, found.photos_named, found.photos_found) == (3, 2, 2, 1)
    assert found.columns == {"designation": "titre", "productid": "ref", "photo": "photo"}
    assert products[0].values["photo"].read() == picture("red")
    assert products[0].values["productid"] == "01" and products[0].problem is None
    assert "photo" not in products[1].values and "9.png is not at hand" in products[1].problem
    assert TakenPhotos(folder).of_row(0).read() == picture("red")
    assert TakenPhotos(folder).of_row(1) is None
    assert taken_columns(folder) == ("ref", "titre", "photo", "note")
    assert list(taken_rows(folder)) == [
        ["01", "Lampe", "1.PNG", "x"],
        ["02", "=Table", "9.png", "y"],
        ["03", "", "", ""],
    ]


def test_a_picture_in_many_rows_is_kept_once_and_what_is_none_is_told(tmp_path):
    rows = [{"titre": f"Lampe {number}", "photo": picture()} for number in range(50)]
    rows.append({"titre": "Table", "photo": b"no picture"})
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), content)
    found, products = taken(tmp_path, "t.parquet", content.getvalue())
    assert (found.photos_named, found.photos_found) == (51, 50)
    with zipfile.ZipFile(tmp_path / "taken" / "embedded.zip") as archive:
        assert len(archive.namelist()) == 1
    assert decode_image(products[49].values["photo"].read()).size == (8, 8)
    assert "not a picture of an accepted kind" in products[50].problem


def test_a_parquet_file_of_photos_of_its_own_is_read_within_the_default_budget(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    photo = encode(Image.fromarray(noise), "JPEG", quality=95)
    # No two are alike, so that no dictionary helps.
    rows = [{"titre": "Lampe", "photo": photo + bytes([n % 256, n // 256])} for n in range(1200)]
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), content)
    assert len(content.getvalue()) > 100_000_000
    found, products = taken(tmp_path, "t.parquet", content.getvalue(), reading())
    assert (found.rows, found.photos_found) == (1200, 1200)
    assert products[1199].values["photo"].read() == rows[1199]["photo"]
    assert reading().run(look_at, tmp_path / "t.parquet").rows == 1200


def test_a_table_is_looked_at(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("ref;titre;accroche\n1;Lampe de chevet en bois;Livraison offerte dès demain\n")
    seen = look_at(path)
    assert (seen.rows, seen.columns, seen.separator) == (1, ("ref", "titre", "accroche"), ";")
    assert seen.preview == [
        {
            "ref": "1",
            "titre": "Lampe de chevet en bois",
            "accroche": "Livraison offerte dès demain",
        }
    ]
    assert seen.found["designation"] == "titre" and seen.text_columns == ("titre", "accroche")


def test_too_many_rows_are_refused(tmp_path):
    with pytest.raises(LimitError, match="more than 2 rows"):
        taken(tmp_path, "t.csv", b"titre\na\nb\nc\n", most_rows=2)


def repeated_in_a_dictionary() -> bytes:
    """A kilobyte that stands for four gigabytes of text."""
    texts = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(300, np.int32)), pa.array(["x" * 15_000_000])
    )
    content = io.BytesIO()
    pq.write_table(pa.table({"titre": texts}), content, compression="zstd")
    return content.getvalue()


def test_a_dictionary_of_one_long_value_is_read_value_by_value(tmp_path, sandbox):
    content = repeated_in_a_dictionary()
    assert len(content) < 5000
    # Read, or refused for its memory: the server's own stays as it is.
    try:
        _found, products = taken(tmp_path, "t.parquet", content, sandbox)
    except LimitError:
        return
    assert len(products) == 300 and len(products[0].values["designation"]) == 20_000


def sheet(rows: str) -> bytes:
    """A workbook whose sheet's rows are as they are given."""
    plain = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["titre"])
    book.save(plain)
    changed = io.BytesIO()
    with zipfile.ZipFile(plain) as given, zipfile.ZipFile(changed, "w", 8) as written:
        for member in given.infolist():
            content = given.read(member)
            if member.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", rows.encode() + b"</sheetData>")
            written.writestr(member.filename, content)
    return changed.getvalue()


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="999999999999"><c t="inlineStr" r="A999999999999"><is><t>x</t></is></c></row>',
        '<row r="1048577"><c t="inlineStr" r="A1048577"><is><t>x</t></is></c></row>',
    ],
)
def test_a_row_beyond_the_last_is_not_waited_for(tmp_path, sandbox, rows):
    with pytest.raises(CatalogError, match="no rows"):
        taken(tmp_path, "t.xlsx", sheet(rows), sandbox)


def test_a_cell_of_hundreds_of_megabytes_is_refused(tmp_path, sandbox):
    text = "<t>" + "x" * 200_000_000 + "</t>"
    row = f'<row r="2"><c t="inlineStr" r="A2"><is>{text}</is></c></row>'
    with pytest.raises(LimitError, match="memory"):
        taken(tmp_path, "t.xlsx", sheet(row), sandbox)


def test_lines_of_json_that_unpack_to_gigabytes_are_refused(tmp_path, sandbox):
    content = io.BytesIO()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    content.write(packer.compress(b'{"titre": "'))
    for _part in range(200):
        content.write(packer.compress(b"x" * 1_000_000))
    content.write(packer.compress(b'"}\n') + packer.flush())
    with pytest.raises(CatalogError):
        taken(tmp_path, "t.jsonl.gz", content.getvalue(), sandbox)


def test_cells_of_megabytes_are_cut_and_read(tmp_path, sandbox):
    text = json.dumps({"titre": "Lampe " + "é" * 5_000_000})
    _found, products = taken(tmp_path, "t.jsonl", text.encode(), sandbox)
    assert len(products[0].values["designation"]) <= 20_000
    (row,) = taken_rows(tmp_path / "taken")
    assert len(row[0]) == 1_000_000


def png_with_zeros_behind(megabytes: int) -> bytes:
    return picture() + bytes(megabytes * 2**20)


def test_a_member_that_unpacks_to_much_more_is_refused_whatever_its_size(tmp_path, sandbox):
    folder = tmp_path / "taken"
    folder.mkdir()
    with zipfile.ZipFile(folder / "photos.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.png", png_with_zeros_behind(19))
    table = "titre;photo\n" + "Lampe;1.png\n" * 2000
    with pytest.raises(CatalogError, match="unpacks to"):
        taken(tmp_path, "t.csv", table.encode(), sandbox)


def test_a_progressive_jpeg_of_thousands_of_scans_is_refused_before_it_is_decoded():
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    photo = encode(Image.fromarray(noise), "JPEG", progressive=True)
    last = photo.rindex(b"\xff\xda")
    again = photo[:last] + photo[last:-2] * 15_000 + photo[-2:]
    with pytest.raises(Exception, match=r"JPEG of 15,\d+ scans"):
        decode_image(again)
    assert decode_image(photo).size == (64, 64)


def test_a_zip_directory_of_many_entries_is_refused_before_it_is_read(tmp_path):
    folder = tmp_path / "taken"
    folder.mkdir()
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        archive.writestr("1.png", picture())
    content = bytearray((folder / "photos.zip").read_bytes())
    end = content.rindex(b"PK\x05\x06")
    # It says that it holds as many entries as a directory of four gigabytes does.
    struct.pack_into("<HHI", content, end + 8, 0xFFFF, 0xFFFF, 0xFFFFFFF0)
    (folder / "photos.zip").write_bytes(content)
    with pytest.raises(CatalogError):
        taken(tmp_path, "t.csv", b"titre;photo\nLampe;1.png\n")
