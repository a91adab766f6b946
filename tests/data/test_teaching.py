"""Products that only teach: what is read, what is left out, what is refused."""

import pandas as pd
import pytest

from rakuten_core.data.teaching import read_teaching, texts_of
from rakuten_core.errors import CatalogError


def write(path, text: str):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def measured() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "designation": ["Seen", "Measured", ""],
            "description": "",
            "split": ["train", "test", "validation"],
        }
    )


def test_a_table_of_texts_is_read_with_and_without_labels(tmp_path, measured):
    some = write(tmp_path / "some.csv", "designation,description\nPiscine,ronde\nNA,\n,\n")
    labelled = write(tmp_path / "labelled.csv", "designation,prdtypecode\nRoman,10\nLampe,\n")
    teaching = read_teaching([some, labelled], measured)
    assert teaching.table["designation"].tolist() == ["Piscine", "NA", "Roman", "Lampe"]
    assert teaching.labelled()["prdtypecode"].tolist() == [10]
    assert teaching.unlabelled()["designation"].tolist() == ["Piscine", "NA", "Lampe"]
    products = texts_of(teaching.table)
    assert products.descriptions == ["ronde", "", "", ""] and products.has_text.all()
    assert not products.has_photo.any()
    assert read_teaching([labelled, some], measured).fingerprint != teaching.fingerprint


def test_what_is_measured_with_does_not_teach(tmp_path, measured):
    path = write(tmp_path / "texts.csv", "designation\nSeen\n<b>MEASURED</b> !\nOther\nOther\n")
    assert read_teaching([path], measured).table["designation"].tolist() == ["Seen", "Other"]
    path = write(tmp_path / "all.csv", "designation\nMeasured\n")
    with pytest.raises(CatalogError, match="no text to learn from"):
        read_teaching([path], measured)


def test_the_test_part_of_the_challenge_is_read(sample_directory, measured):
    teaching = read_teaching([sample_directory], measured)
    assert len(teaching.table) and len(teaching.labelled()) == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("title\nPiscine\n", "no column designation. Received: title"),
        ("designation,prdtypecode\nA,10\nB,11\n", "row 2: 11 is not one of the 27"),
        ("designation,prdtypecode\nA,ten\n", "not a table of texts"),
        ("", "not a table of texts"),
    ],
)
def test_wrong_tables_are_refused_in_words(tmp_path, measured, content, message):
    path = write(tmp_path / "texts.csv", content)
    with pytest.raises(CatalogError, match=message):
        read_teaching([path], measured)
    with pytest.raises(CatalogError, match="is missing"):
        read_teaching([tmp_path / "none.csv"], measured)
