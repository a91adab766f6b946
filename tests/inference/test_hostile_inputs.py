"""Whatever is given, the answer is an answer or an error in words."""

import decimal
import io
import itertools
import threading
import tracemalloc
import zlib

import numpy as np
import pandas as pd
import pytest
import threadpoolctl
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks import fuzz
from rakuten_core.data.cell_values import text_of
from rakuten_core.data.photos import Photos
from rakuten_core.errors import CatalogError, ImageError, ModelError, RakutenError, TextError
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.inference import Classifier, shared_classifier
from rakuten_core.inference.threads import one_blas_thread
from rakuten_core.text.markup import without_accents
from tests.conftest import encode

TITLE = "Piscine gonflable avec pompe et filtration"
HEADER = ",designation,description,productid,imageid\n"


@pytest.mark.parametrize(
    "empty", ["<br>", "<p>&nbsp;</p>", "&amp;nbsp;", "<img src='a.png'>", " \n\t", "&#8203;!"]
)
def test_a_description_without_words_is_no_text(classifier, empty):
    photo = encode(Image.new("RGB", (40, 40), "blue"))
    with_markup = classifier.classify("", empty, photo)
    alone = classifier.classify(image=photo)
    assert with_markup.used == "image"
    assert with_markup.ranking == alone.ranking
    with pytest.raises(ModelError, match="Nothing to classify"):
        classifier.classify(empty, empty)
    rows = list(classifier.classify_many([{"designation": "", "description": empty}], [photo]))
    assert rows[0].classification.used == "image"


def test_a_lone_surrogate_is_answered(classifier):
    """A Windows-1252 file read with `surrogateescape` gives halves of characters."""
    assert classifier.classify("\udce9 Lampe").used == "text"
    rows = [{"designation": "\udce9 Lampe"}, {"designation": TITLE}]
    results = list(classifier.classify_many(rows))
    assert [result.error for result in results] == [None, None]
    answer, explanation = classifier.classify_and_explain("Piscine \udce9")
    assert answer.used == "text" and explanation.text.title[1].text == "\ufffd"


BYTES, NUMBER = b"x", 1984
TEXTS = [
    None,
    "",
    TITLE,
    "\udce9 Lampe",
    "\ud83d",
    "\u202eabc\u2066",
    "a\0b",
    "<" * 5000,
    "&" * 5000,
    "x" * 300_000,
    "&#" + "9" * 5000 + ";",
    "&amp;#x" + "9" * 5000 + ";",
    10**5000,
    float("nan"),
    float("inf"),
    NUMBER,
    np.float32(3.5),
    pd.NA,
    BYTES,
    [],
    {},
    object(),
    True,
    decimal.Decimal(3),
    np.array(["a", "b"]),
]
PHOTOS = [
    None,
    b"",
    b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
    "no such file.jpg",
    "nul\0byte",
    7,
    [],
    np.zeros((4, 4, 3), np.uint8),
    bytearray(b"GIF89a"),
]


def test_no_combination_of_hostile_inputs_escapes(classifier):
    answered = 0
    for title, photo in itertools.product(TEXTS, PHOTOS):
        try:
            answered += len(classifier.classify(title, title, photo).ranking) == 5
        except RakutenError as error:
            assert str(error)
    assert answered > 0


def test_many_rows_give_one_result_each_whatever_they_hold(classifier, tmp_path):
    rows = [{"designation": text, "productid": text, "imageid": text} for text in TEXTS]
    rows += [None, [], 7, {"designation": TITLE, "imageid": float("inf"), "productid": 1}]
    results = list(classifier.classify_many(rows, tmp_path))
    assert len(results) == len(rows)
    by_text = dict(zip(map(id, TEXTS), results[: len(TEXTS)], strict=True))
    refused = by_text[id(BYTES)]
    assert refused.classification is None and "bytes" in refused.error
    assert by_text[id(NUMBER)].classification is not None
    assert "named columns" in results[len(TEXTS)].error
    assert results[-1].classification is not None and "whole numbers" in results[-1].error


def test_what_is_no_text_or_no_rank_is_refused_in_words(classifier):
    with pytest.raises(TextError, match=r"The title must be text\. Received: bytes"):
        classifier.classify(b"x")
    for top in (0, 28, "3", None, True, 2.0):
        with pytest.raises(ModelError, match="whole number from 1 to 27"):
            classifier.classify(TITLE, top=top)


def test_folders_and_models_of_another_kind_are_refused_in_words(classifier, context):
    with pytest.raises(CatalogError):
        list(classifier.classify_many([{"designation": TITLE}], "a" * 5000))
    with pytest.raises(ModelError, match="Give a table"):
        list(classifier.classify_many(None))
    with pytest.raises(ModelError, match="does not stand on a text model and an image network"):
        Classifier.load(context.assets.root, "text_stacked")
    assert Classifier.load(context.assets.root, "fusion_two_stage").classify(TITLE).used == "text"
    with pytest.raises(ImageError, match="is no file"):
        decode_image("/dev/null")


def test_a_long_narrow_picture_is_shrunk_before_it_is_laid_out_square():
    long = encode(Image.new("RGB", (40_000, 600), "white"))
    with pytest.raises(ImageError, match=f"sides of {16_384:,}"):
        decode_image(long)
    narrow = Image.new("RGB", (16_384, 25_000_000 // 16_384), "red")
    for crop in (0.0, 0.4):
        tracemalloc.start()
        square = to_square(narrow, 224, crop)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert square.shape == (224, 224, 3) and peak < 50_000_000
    # The strip lies across the middle, white above and below.
    assert to_square(narrow, 224)[112, 112].tolist() == [255, 0, 0]
    assert to_square(narrow, 224)[10, 112].tolist() == [255, 255, 255]


def test_letters_that_stand_for_many_are_read_as_far_as_others():
    long = text_of("\ufdfa" * 20_000, "title")
    assert 19_900 < len(without_accents(long)) <= 20_000
    assert text_of("é" * 20_000, "title") == "é" * 20_000
    assert text_of("\ufdfa" * 1000, "title") == "\ufdfa" * 1000


@settings(max_examples=120, deadline=None, derandomize=True)
@given(number=st.integers(0, 10**9))
def test_whatever_is_given_is_answered_or_refused(number):
    """A part of `make fuzz`, which tries thousands more."""
    outcome = fuzz.run([number], 1, shared_classifier())
    assert outcome.failures == []
    assert sum(outcome.counts.values()) >= 1


def blas_threads() -> list[int]:
    """Threads of NumPy's BLAS, which is what answers compute with."""
    pools = threadpoolctl.threadpool_info()
    return [pool["num_threads"] for pool in pools if "numpy" in pool["filepath"]]


def test_overlapping_calls_leave_the_threads_of_linear_algebra_as_they_were():
    before = blas_threads()
    assert before
    barrier = threading.Barrier(8)

    def call(number: int) -> None:
        barrier.wait()
        for _ in range(20 + number):
            with one_blas_thread():
                pass

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    with one_blas_thread():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Whoever came and went beside it, the limit of the first holds.
        assert set(blas_threads()) == {1}
    assert blas_threads() == before


def test_the_words_are_explained_by_the_model_whose_weights_they_show(classifier):
    assert classifier.explain(TITLE).text_model == "text_linear"
    assert classifier.explain(image=Image.new("RGB", (9, 9))).image_model == "image_finetuned_int8"


def test_a_damaged_member_of_the_archive_is_named(tmp_path):
    import zipfile

    path = tmp_path / "images.zip"
    content = encode(Image.effect_noise((60, 60), 50).convert("RGB"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images/image_train/a.jpg", content)
    damaged = bytearray(path.read_bytes())
    damaged[60:90] = bytes(30)
    path.write_bytes(damaged)
    with pytest.raises((zlib.error, zipfile.BadZipFile)):
        zipfile.ZipFile(io.BytesIO(bytes(damaged))).read("images/image_train/a.jpg")
    with pytest.raises(CatalogError, match=r"Cannot read the photo a\.jpg"):
        Photos(tmp_path / "images" / "image_train", path).read("a.jpg")
