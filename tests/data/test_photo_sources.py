"""Photos that come with a table."""

import zipfile

import pytest
from PIL import Image

from rakuten_core.data.photo_sources import PhotoSource
from rakuten_core.errors import CatalogError
from tests.conftest import encode

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
    assert PhotoSource(fetch=True).photo_of({"photo": address}) == PICTURE
    with pytest.raises(CatalogError, match="cannot be fetched"):
        PhotoSource(fetch=True).photo_of({"photo": f"{address}x"})
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
    for members, says in (
        ({"../../etc/a.jpg": PICTURE}, "leads out of its folder"),
        ({"/etc/a.jpg": PICTURE}, "leads out of its folder"),
        ({"a.txt": b"x"}, "holds no photo"),
    ):
        with pytest.raises(CatalogError, match=says):
            PhotoSource(packed(path, members))
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
