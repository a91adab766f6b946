"""Photos that come with a table."""

import base64
import http.server
import shutil
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image

from rakuten_core.data import remote_photos
from rakuten_core.data.photo_sources import PhotoSource, PhotoSurvey
from rakuten_core.data.product_columns import TableLayout, product_rows, survey_photos
from rakuten_core.errors import CatalogError
from rakuten_core.limits import Limits, limits
from tests.conftest import encode

CASES = Path(__file__).parents[1] / "cases"
PICTURE = encode(Image.new("RGB", (9, 9), "red"))


def packed(path, members: dict[str, bytes], compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_photos_are_found_by_name_and_by_ids_in_folders_and_archives(tmp_path):
    names = ("Lampe.PNG", "image_7_product_3.jpg")
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(PICTURE)
    archive = packed(tmp_path / "photos.zip", {f"deep/{name}": PICTURE for name in names})
    for source in (PhotoSource(folder), PhotoSource(archive)):
        assert len(source) == 2
        assert source.photo_of({"photo": "C:\\pictures\\lampe.png"}) == PICTURE
        assert source.photo_of({"imageid": "7", "productid": 3}) == PICTURE
        assert source.photo_of({"imageid": "8", "productid": 3}) is None
        assert source.photo_of({}) is None
        with pytest.raises(CatalogError, match=r"the photo other\.jpg is not at hand"):
            source.photo_of({"photo": "other.jpg"})
        with pytest.raises(CatalogError, match="whole numbers"):
            source.photo_of({"imageid": "a", "productid": 3})


def test_a_row_may_hold_its_photo_or_where_it_is(tmp_path):
    (tmp_path / "a.png").write_bytes(PICTURE)
    address = (tmp_path / "a.png").as_uri()
    assert PhotoSource().photo_of({"photo": PICTURE}) == PICTURE
    assert PhotoSource().photo_of({"photo": {"bytes": PICTURE, "path": None}}) == PICTURE
    assert PhotoSource(trusted=True).photo_of({"photo": address}) == PICTURE
    with pytest.raises(CatalogError, match="cannot be fetched"):
        PhotoSource(trusted=True).photo_of({"photo": f"{address}x"})
    # Strangers must not make the server fetch what only it can reach.
    with pytest.raises(CatalogError, match="not at hand"):
        PhotoSource().photo_of({"photo": address})


def encrypted(path):
    packed(path, {"a.jpg": PICTURE})
    content = bytearray(path.read_bytes())
    # The flag of a password, in the local header and in the directory.
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    return path


def test_archives_that_are_broken_or_made_to_harm_are_refused(tmp_path):
    path = tmp_path / "photos.zip"
    with pytest.raises(CatalogError, match="holds no photo"):
        PhotoSource(packed(path, {"a.txt": b"x"}))
    bomb = packed(path, {"a.jpg": b"0" * 50_000_000}, zipfile.ZIP_DEFLATED)
    with pytest.raises(CatalogError, match="unpacks to 50 MB"):
        PhotoSource(bomb)
    with pytest.raises(CatalogError, match="has a password"):
        PhotoSource(encrypted(path))
    path.write_bytes(b"PK not a zip")
    with pytest.raises(CatalogError, match="not a complete ZIP file"):
        PhotoSource(path)
    with pytest.raises(CatalogError, match="neither a folder nor a ZIP"):
        PhotoSource(tmp_path / "none")


def test_a_damaged_photo_of_an_archive_is_told_and_the_others_are_read(tmp_path):
    path = packed(tmp_path / "p.zip", {"a.jpg": PICTURE, "b.jpg": PICTURE})
    content = bytearray(path.read_bytes())
    content[len("a.jpg") + 40] ^= 255
    path.write_bytes(content)
    source = PhotoSource(path)
    with pytest.raises(CatalogError, match=r"a.jpg cannot be read"):
        source.photo_of({"photo": "a.jpg"})
    assert source.photo_of({"photo": "b.jpg"}) == PICTURE


def rows_of(table: Path) -> list[dict]:
    opened, columns = TableLayout().open(table)
    return [row.values for row in product_rows(opened, columns)]


@pytest.mark.parametrize("photos", ["52_accents/cp1252.zip", "52_accents/cp850.zip"])
@pytest.mark.parametrize("other", ["52_accents/nfd.zip", "52_accents/folder_nfd"])
def test_accents_are_the_same_however_they_are_written(photos, other):
    (row,) = rows_of(CASES / "52_accents" / "X.csv")
    found = [PhotoSource(CASES / each).photo_of(row) for each in (photos, other)]
    assert found[0] == found[1] != b""


def test_photos_are_found_as_shops_name_them():
    source = PhotoSource(CASES / "53_names" / "photos.zip")
    rows = rows_of(CASES / "53_names" / "X.csv")
    assert source.survey(rows) == PhotoSurvey(named=8, found=8)
    found = {row["productid"]: source.photo_of(row) for row in rows}
    assert found.pop("null") is None and None not in found.values()
    # The first of several that is there.
    assert found["comma"] == found["pipe"] == source.read("a.jpg") != source.read("b.jpg")


def test_photos_of_the_same_name_are_never_confused(tmp_path):
    rows = rows_of(CASES / "51_same_name" / "X.csv")
    source = PhotoSource(CASES / "51_same_name" / "photos.zip")
    assert [source.photo_of(row) for row in rows] == [
        source.read("P-100/main.jpg"),
        source.read("P-200/main.jpg"),
    ]
    with pytest.raises(CatalogError, match=r"more than once: P-100/main\.jpg and P-200/main\.jpg"):
        source.photo_of({"photo": "main.jpg"})
    # Only one of the two folders came: its photo is not the other product's.
    one = PhotoSource(packed(tmp_path / "one.zip", {"P-200/main.jpg": PICTURE}))
    assert one.survey(rows) == PhotoSurvey(named=2, found=1)
    assert one.photo_of(rows[1]) == PICTURE
    with pytest.raises(CatalogError, match="not at hand"):
        one.photo_of(rows[0])


@pytest.mark.parametrize("folder", ["50_nested", "50_nested/images"])
def test_the_official_layout_is_searched_from_its_top(folder):
    rows = rows_of(CASES / "50_nested" / "X.csv")
    source = PhotoSource(CASES / folder)
    assert source.survey(rows) == PhotoSurvey(named=3, found=2)
    assert [source.photo_of(row) is not None for row in rows] == [True, True, False]


def test_photos_of_which_none_fits_are_refused(tmp_path):
    opened = TableLayout().open(CASES / "8x_photos.csv")
    other = PhotoSource(packed(tmp_path / "p.zip", {"z.jpg": PICTURE}))
    with pytest.raises(CatalogError, match="None of the 1 photos"):
        survey_photos([opened], other)
    with pytest.raises(CatalogError, match="no column names them"):
        survey_photos([TableLayout().open(CASES / "01_sep_line.csv")], other)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CatalogError, match="no photo where the photos should be"):
        survey_photos([opened], PhotoSource(tmp_path / "empty"))


def test_photos_stand_in_texts(tmp_path):
    rows = rows_of(CASES / "54_data_urls" / "X.csv")
    photos = [PhotoSource().photo_of(row) for row in rows]
    assert photos[0] == photos[1] and photos[0].startswith(b"\xff\xd8")
    text = base64.b64encode(PICTURE).decode()
    assert PhotoSource().photo_of({"photo": f"data:image/png;charset=x;base64,{text}"}) == PICTURE
    assert PhotoSource().photo_of({"photo": {"url": f"data:;base64,{text}"}}) == PICTURE
    assert PhotoSource().photo_of({"photo": ["", text]}) == PICTURE


def test_archives_that_cannot_be_unpacked_say_so(tmp_path):
    with pytest.raises(CatalogError, match="needs a newer unpacker"):
        PhotoSource(CASES / "80_newer_zip.zip")
    with pytest.raises(CatalogError, match="Windows packs large files so"):
        PhotoSource(CASES / "82_deflate64.zip")
    # One bad name is no reason to refuse the others.
    path = packed(tmp_path / "p.zip", {"../../a.jpg": PICTURE, "/b.jpg": PICTURE, "c.jpg": PICTURE})
    source = PhotoSource(path)
    assert len(source) == 1 and source.photo_of({"photo": "c.jpg"}) == PICTURE
    with pytest.raises(CatalogError, match="not at hand"):
        source.photo_of({"photo": "a.jpg"})


def test_limits_for_strangers_do_not_bind_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setattr("rakuten_core.data.photo_archives.limits", lambda: Limits(zip_photos=2))
    path = packed(tmp_path / "p.zip", {f"images/{number}.jpg": PICTURE for number in range(3)})
    with pytest.raises(CatalogError, match="it holds 3 photos; at most 2 are read"):
        PhotoSource(path)
    assert len(PhotoSource(path, trusted=True)) == 3


class _Shop(http.server.BaseHTTPRequestHandler):
    """Serves one picture under /pool.png, a too large one under /large.png, and nothing else."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        name = self.path.partition("?")[0]
        content = {"/pool.png": PICTURE, "/large.png": b"x" * (limits().photo_bytes + 9)}.get(name)
        self.send_response(200 if content else 404)
        self.end_headers()
        # Whoever has enough goes away.
        with suppress(OSError):
            self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def shop() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a server of photos, and what it was asked."""
    asked: list[str] = []
    handler = type("Shop", (_Shop,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def test_photos_are_fetched_by_one_request_each():
    with shop() as (address, asked):
        rows = rows_of(CASES / "57_urls.csv")
        source = PhotoSource(trusted=True)
        for row in rows:
            row["photo"] = row["photo"].replace("http://127.0.0.1:8699", address)
        assert [source.photo_of(row) for row in rows[:4]] == [PICTURE] * 4
        with pytest.raises(CatalogError, match="404"):
            source.photo_of(rows[4])
        two = {"photo": f"{address}/no.png, {address}/pool.png"}
        assert source.photo_of(two) == PICTURE
        assert len(source.photo_of({"photo": f"{address}/large.png"})) == limits().photo_bytes + 1
    assert len(asked) == 8 and all(each.startswith("GET ") for each in asked)


def test_a_host_that_stays_silent_is_given_up(monkeypatch):
    monkeypatch.setattr(remote_photos, "SECONDS_OF_SILENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (row,) = rows_of(CASES / "58_hanging_host.csv")
        row["photo"] = row["photo"].replace("8698", str(silent.getsockname()[1]))
        source = PhotoSource(trusted=True)
        for _attempt in range(remote_photos.FAILURES_OF_A_HOST):
            with pytest.raises(CatalogError, match="cannot be fetched: timed out"):
                source.photo_of(row)
        with pytest.raises(CatalogError, match=r"was not asked for: 127\.0\.0\.1:.* not answer 3"):
            source.photo_of(row)


def test_a_folder_may_hold_photos_without_an_extension(tmp_path):
    shutil.copy(CASES / "56_exif" / "plain.jpg", tmp_path / "4711")
    source = PhotoSource(tmp_path)
    assert source.photo_of({"photo": "4711.JPG"}) == (tmp_path / "4711").read_bytes()


def test_names_that_mean_another_photo_elsewhere(tmp_path):
    rows = [{"photo": "A/main.jpg|A/2.jpg"}, {"photo": "B/main.jpg|B/3.jpg"}]
    for name in ("C/main.jpg", "main.jpg"):
        source = PhotoSource(packed(tmp_path / "p.zip", {name: PICTURE}))
        assert source.survey(rows) == PhotoSurvey(named=2, found=0), name
        with pytest.raises(CatalogError, match="not at hand"):
            source.photo_of(rows[0])
    addresses = [{"photo": f"https://x/{each}/1.jpg?v={each}"} for each in "AB"]
    source = PhotoSource(packed(tmp_path / "q.zip", {"A/1.jpg": PICTURE}))
    assert source.survey(addresses) == PhotoSurvey(named=2, found=1)
    assert source.photo_of(addresses[0]) == PICTURE


def test_odd_names_and_addresses_are_a_rows_problem(tmp_path):
    source = PhotoSource(packed(tmp_path / "p.zip", {" ": PICTURE, "a.jpg": PICTURE}))
    assert len(source) == 1
    with pytest.raises(CatalogError, match="cannot be fetched"):
        PhotoSource(trusted=True).photo_of({"photo": "http://[x/a.jpg"})
    listed = PhotoSource(tmp_path / "p.zip").photo_of({"photo": '["a.jpg", "b.jpg"]'})
    assert listed == PICTURE
    survey = PhotoSource(trusted=True).survey([{"photo": "//cdn.example/a.jpg"}])
    assert survey == PhotoSurvey(named=0, found=0, remote=1)


def test_many_photos_of_one_name_are_found_by_their_folders(tmp_path):
    path = packed(tmp_path / "p.zip", {f"{n}/main.jpg": PICTURE for n in range(3000)})
    rows = [{"photo": f"{n}/main.jpg"} for n in range(3000)]
    assert PhotoSource(path).survey(rows) == PhotoSurvey(named=3000, found=3000)
