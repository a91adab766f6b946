import shutil

import numpy as np
import pandas as pd
import pytest

from rakuten_core.assets import MAP_FILE, TEXT_INDEX, VECTORS_FOLDER, Assets
from rakuten_core.errors import AssetError, ModelError
from rakuten_core.inference import Classifier, SimilarProducts
from rakuten_core.reports.product_map import map_views, place, product_map, summary
from rakuten_core.reports.vector_facts import vector_facts
from rakuten_core.training.product_vectors import compute_vectors


@pytest.fixture(scope="module")
def computed(context):
    return compute_vectors(context)


@pytest.fixture(scope="module")
def similar(context, computed):
    return SimilarProducts.load(Classifier.load(context.assets.root), context.assets.root)


@pytest.fixture(scope="module")
def known(context):
    """A training product with a text and a photo."""
    table = context.readable("fusion")
    return table[table["split"] == "train"].iloc[0]


def test_what_was_measured_is_written(context, computed):
    facts = vector_facts(context.assets)
    assert facts is not None
    assert facts["texts"] == computed["texts"] and facts["photos"] == computed["photos"]
    test = context.readable("text")["split"] == "test"
    assert facts["texts"]["test"] == int(test.sum())
    assert facts["texts"]["products"] == int((~test).sum())
    # Far better than chance, one in 27, even with a network of two layers.
    assert 0.15 < facts["texts"]["same_type"] <= 1
    assert facts["outsiders"]["products"] == 340
    assert 0 < facts["outsiders"]["auroc"] < 1


def test_without_vectors_nothing_is_pretended(classifier, tmp_path):
    with pytest.raises(AssetError, match=r"texts\.npz"):
        SimilarProducts.load(classifier, tmp_path)


def test_a_training_product_finds_itself_first(context, similar, known):
    text = similar.text_vector(known["designation"], known["description"])
    photo = similar.photo_vector(context.catalog.photos.read(known["photo"]))
    for given in ({"text": text}, {"photo": photo}, {"text": text, "photo": photo}):
        first, *others = similar.nearest(**given, count=4)
        assert first.similarity == pytest.approx(1, abs=0.03)
        assert [each.similarity for each in others] == sorted(
            (each.similarity for each in others), reverse=True
        )
    best = similar.nearest(text, photo, count=1)[0]
    assert best.product_type.code == known["prdtypecode"]
    assert not similar.familiarity(text=text).far


def test_test_products_are_never_found(context, similar, known):
    table = context.products.set_index("productid")
    found = similar.nearest(similar.text_vector(known["designation"]), count=10_000)
    splits = table.loc[[each.productid for each in found], "split"]
    assert len(splits) == vector_facts(context.assets)["texts"]["products"]
    assert set(splits) == {"train", "validation"}


def test_what_is_unlike_all_is_less_familiar(similar, known):
    own = similar.familiarity(text=similar.text_vector(known["designation"], known["description"]))
    strange = similar.familiarity(text=similar.text_vector("zzz qqq xyxyx 0000"))
    assert strange.similarity < own.similarity - 0.1


def test_without_text_there_is_no_vector_and_nothing_to_compare(similar):
    assert similar.text_vector("", "<p> </p>") is None
    with pytest.raises(ModelError, match="Nothing to compare"):
        similar.nearest()


def test_without_vectors_of_photos_only_texts_are_compared(
    context, computed, classifier, known, tmp_path
):
    (tmp_path / VECTORS_FOLDER).mkdir()
    shutil.copy(context.assets.root / VECTORS_FOLDER / TEXT_INDEX, tmp_path / VECTORS_FOLDER)
    similar = SimilarProducts.load(classifier, tmp_path)
    assert not similar.knows_photos
    assert similar.nearest(similar.text_vector(known["designation"]))
    with pytest.raises(ModelError, match="Photos cannot be compared"):
        similar.photo_vector(context.catalog.photos.read(known["photo"]))


def test_a_second_run_reads_what_the_first_computed(context, computed):
    path = context.assets.root / VECTORS_FOLDER / MAP_FILE
    before = path.read_bytes()
    assert compute_vectors(context)["texts"] == computed["texts"]
    assert path.read_bytes() == before


def test_the_map_shows_each_product_that_can_be_compared(context, computed):
    assert map_views(context.assets) == ["text", "photo", "both"]
    for view, modality in (("text", "text"), ("photo", "image"), ("both", "fusion")):
        table = product_map(context.assets, view, "cascade")
        assert set(table["productid"]) == set(context.readable(modality)["productid"])
        assert np.isfinite(table[["x", "y"]].to_numpy()).all()
        tested = table[table["answered"] > 0]
        assert set(tested["split"]) == {"test"}
        assert (tested["wrong"] == (tested["answered"] != tested["code"])).all()


def test_the_map_is_missed_where_it_was_not_computed(tmp_path):
    with pytest.raises(AssetError, match="rakuten_core vectors"):
        map_views(Assets(tmp_path))


def test_a_summary_counts_types_errors_and_suspicious_labels():
    table = pd.DataFrame(
        {
            "code": [10, 10, 40, 50],
            "answered": [10, 40, 40, 0],
            "probability": [0.9, 0.5, 0.7, np.nan],
            "wrong": [False, True, False, False],
            "suspicious": [False, True, True, False],
        }
    )
    found = summary(table)
    assert (found.products, found.tested, found.suspicious) == (4, 3, 2)
    assert found.errors == pytest.approx(1 / 3)
    assert found.probability == pytest.approx(0.7)
    assert found.types.iloc[0].tolist() == [10, 2]
    assert np.isnan(summary(table.iloc[3:]).errors)


def test_a_product_is_placed_on_the_neighbour_amid_the_others():
    table = pd.DataFrame(
        {"productid": [1, 2, 3, 4], "x": [0.0, 1.0, 0.5, 90.0], "y": [0.0, 0.0, 0.1, 90.0]}
    )
    assert place(table, [1, 2, 3, 4]) == (0.5, pytest.approx(0.1))
    assert place(table, [7]) is None
