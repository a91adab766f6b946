"""Statistics of the data, checked against figures known by construction or counted apart."""

import io
import math
import shutil
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rakuten_core.__main__ import main
from rakuten_core.assets import Assets
from rakuten_core.data.catalog import read_catalog
from rakuten_core.errors import AssetError, CatalogError
from rakuten_core.images import measures
from rakuten_core.images.augmentation import augmented
from rakuten_core.images.measures import variance_kept
from rakuten_core.presentation.charts import word_cloud
from rakuten_core.presentation.markdown import changes_as_markdown, escape_markdown
from rakuten_core.presentation.story import slides
from rakuten_core.reports import photo_statistics, text_findings, text_statistics, type_counts
from rakuten_core.reports.statistics_files import statistics_facts
from rakuten_core.reports.what_helped import ablation
from rakuten_core.taxonomy import CODES, Domain
from rakuten_core.text.changes import Change, changes
from rakuten_core.text.keyness import keyness
from rakuten_core.text.markup import plain_text
from rakuten_core.text.preparation import plain_words, prepare
from rakuten_core.training.exploration import MOMENTS_SIDE, explore


@pytest.fixture(scope="module")
def explored(catalog, tmp_path_factory) -> Assets:
    root = tmp_path_factory.mktemp("explored")
    assets = Assets(root / "assets")
    explore(catalog, assets, root / "work")
    return assets


def test_a_drawn_photo_has_the_figures_it_was_drawn_with():
    image = Image.new("RGB", (256, 256), "white")
    image.paste((0, 0, 0), (32, 64, 96, 192))
    found = measures.photo_statistics(image)
    share = 64 * 128 / 256**2
    assert found.white_ratio == pytest.approx(1 - share)
    assert found.content_share == pytest.approx(share)
    assert found.aspect_ratio == pytest.approx(0.5)
    assert (found.red, found.green, found.blue) == pytest.approx((255 * (1 - share),) * 3)
    assert found.brightness == pytest.approx(1 - share, abs=1e-5)
    assert found.contrast == pytest.approx(math.sqrt(share * (1 - share)), abs=1e-5)


def test_what_counts_as_white_can_be_chosen():
    image = Image.new("RGB", (256, 256), (249, 255, 255))
    assert measures.photo_statistics(image).white_ratio == 0
    assert measures.photo_statistics(image, white=249).white_ratio == 1


def test_an_all_white_photo_has_no_content():
    found = measures.photo_statistics(Image.new("RGB", (80, 40), "white"))
    assert (found.white_ratio, found.content_share, found.aspect_ratio) == (1, 0, 1)
    assert found.sharpness == found.contrast == 0


def test_a_blurred_photo_is_less_sharp():
    levels = np.random.default_rng(0).integers(0, 255, (256, 256, 3)).astype(np.uint8)
    sharp = Image.fromarray(levels)
    blurred = sharp.resize((64, 64)).resize((256, 256))
    assert (
        measures.photo_statistics(blurred).sharpness
        < measures.photo_statistics(sharp).sharpness / 10
    )


def test_a_crop_keeps_the_variance_that_lies_inside():
    assert variance_kept(np.ones((10, 10)), 0.2) == pytest.approx(0.64)
    # The crop's edge runs through the middle of the outer pixels.
    assert variance_kept(np.ones((10, 10)), 0.1) == pytest.approx(0.81)
    middle = np.zeros((10, 10))
    middle[4:6, 4:6] = 3
    assert variance_kept(middle, 0.5) == pytest.approx(1)


def test_keyness_of_a_worked_example():
    """Two words, ten each in all; the first group says the first word 8 times of 10."""
    scores = keyness(np.array([8, 2]), np.array([2, 8]), np.array([10, 10]))
    odds = math.log((8 + 10) / (10 + 20 - 8 - 10)) - math.log((2 + 10) / (10 + 20 - 2 - 10))
    z = odds / math.sqrt(1 / (8 + 10) + 1 / (2 + 10))
    assert scores.tolist() == pytest.approx([z, -z])


def test_keyness_knows_no_word_of_empty_texts():
    assert keyness(np.array([0, 0]), np.array([3, 1])).tolist() == [0, 0]


def test_the_target_is_counted(explored, catalog):
    table = type_counts.target(explored)
    counted = Counter(catalog.products["prdtypecode"])
    assert {code: table.loc[code, "products"] for code in CODES} == counted
    assert table["share"].sum() == pytest.approx(1)
    assert statistics_facts(explored, "target")["rows"] == len(catalog.products)


def test_texts_are_called_the_challenges_own_only_where_they_are(explored, catalog):
    for part in (text_statistics.TEXT, text_statistics.TRAINING_TEXTS):
        found = text_statistics.counted(explored, part)
        assert found.products == len(catalog.products)
        assert found.fingerprint == catalog.fingerprint
        assert not found.form.is_original
        sentence = text_findings.source_sentence(explored, part)
        assert "not the challenge's own" in sentence and "exactly" not in sentence
        assert f"From {len(catalog.products)} products" in sentence
    shipped = text_findings.source_sentence(Assets())
    assert "From 6,137 products whose text is exactly as the challenge ships it" in shipped
    assert "exactly" not in text_findings.source_sentence(Assets(), text_statistics.TRAINING_TEXTS)


def test_every_sentence_of_the_texts_is_printed_by_a_command(explored, capsys):
    assert main(["facts"]) == 0
    printed = capsys.readouterr().out
    for sentence in text_findings.text_findings(Assets()):
        assert sentence in printed
    for slide in slides(Assets()):
        assert slide.headline in printed and slide.notes in printed


def test_each_of_the_studys_ideas_is_told_apart():
    told = ablation(Assets())["perspective"].dropna()
    assert told.is_unique and len(told) >= 5
    assert ablation(Assets())["change"].is_unique


def test_imbalance_is_that_of_always_answering_the_largest():
    import pandas as pd
    from sklearn.metrics import accuracy_score, f1_score

    table = pd.DataFrame({"products": [6, 3, 1, 0]}, index=[10, 40, 50, 60])
    found = type_counts.imbalance(table)
    truth = [10] * 6 + [40] * 3 + [50]
    said = [10] * 10
    assert (found.largest, found.smallest, found.ratio) == (10, 50, 6)
    assert found.accuracy == accuracy_score(truth, said)
    assert found.weighted_f1 == pytest.approx(f1_score(truth, said, average="weighted"))


@pytest.mark.parametrize("field", ["designation", "description"])
def test_lengths_are_those_of_the_texts(explored, catalog, field):
    name = {"designation": "title", "description": "description"}[field]
    table = text_statistics.lengths(explored, name, "words")
    texts = [plain_text(text) for text in catalog.products[field]]
    counted = Counter(len(text.split()) for text in texts if text)
    assert table.groupby("value")["products"].sum().to_dict() == counted
    overall = text_statistics.length_quantiles(table).loc[0]
    lengths = sorted(counted.elements())
    assert overall["median"] == lengths[math.ceil(len(lengths) / 2) - 1]
    assert overall["products"] == len(lengths)


def test_quantiles_of_counted_values():
    table = pd.DataFrame({"code": [10, 10, 40], "value": [5, 1, 9], "products": [2, 1, 1]})
    found = text_statistics.length_quantiles(table)
    columns = ["q05", "q25", "median", "q75", "q95", "products"]
    assert found.loc[0, columns].tolist() == [1, 1, 5, 5, 9, 4]
    assert found.loc[10, columns].tolist() == [1, 1, 5, 5, 5, 3]


def test_missing_texts_are_counted(explored, catalog):
    table = text_statistics.presence(explored)
    has = (catalog.products["description"] != "").groupby(catalog.products["prdtypecode"]).sum()
    assert table["description"].to_dict() == has.to_dict()


def test_words_are_counted_before_and_after_preparation(explored, catalog):
    texts = [
        f"{plain_text(row.designation)} {plain_text(row.description)}".lower()
        for row in catalog.products.itertuples()
        if row.prdtypecode == 2583
    ]
    counted = sum(plain_words(text).count("filtration") for text in texts)
    assert counted > 0
    assert text_statistics.word_counts(explored, "before").loc["filtration", 2583] == counted
    stem = prepare("filtration")
    assert text_statistics.word_counts(explored, "after").loc[stem, 2583] == counted
    assert stem not in text_statistics.word_counts(explored, "before").index
    frequent = text_statistics.frequent_words(explored, "before", [2583], 5)
    assert frequent.is_monotonic_decreasing and len(frequent) == 5


def test_typical_words_are_of_the_type(explored):
    words = text_statistics.typical_words(explored, [2583])
    assert "filtration" in words.index
    assert (words["keyness"] > 1.96).all()
    other = text_statistics.typical_words(explored, [2583], [10])
    assert "roman" not in other.index


def test_the_vocabulary_starts_with_the_most_frequent_word(explored):
    vocabulary = text_statistics.vocabulary(explored)
    first = next(iter(vocabulary.counts))
    assert vocabulary.index(first) == 1
    assert vocabulary.counts[first] == max(vocabulary.counts.values())


def test_languages_add_up_to_the_products_with_text(explored, catalog):
    table = text_statistics.languages(explored)
    with_text = (catalog.products["designation"] + catalog.products["description"]) != ""
    assert table.to_numpy().sum() == with_text.sum()
    assert table.sum().idxmax() == "fr"


def test_photos_are_measured_and_averaged(explored, catalog):
    table = photo_statistics.photos(explored).set_index("productid")
    with_photo = catalog.products[catalog.products["photo"].notna()]
    assert set(table.index) == set(with_photo["productid"])
    row = with_photo.iloc[0]
    with Image.open(io.BytesIO(catalog.photos.read(row["photo"]))) as image:
        expected = measures.photo_statistics(image.convert("RGB"))
    assert table.loc[row["productid"], "white_ratio"] == pytest.approx(expected.white_ratio)
    moments = photo_statistics.moments(explored)
    of_type = with_photo[with_photo["prdtypecode"] == CODES[0]]
    pictures = []
    for name in of_type["photo"]:
        with Image.open(io.BytesIO(catalog.photos.read(name))) as image:
            side = (MOMENTS_SIDE, MOMENTS_SIDE)
            pictures.append(np.asarray(image.convert("RGB").resize(side), float))
    assert moments.counts[0] == len(pictures)
    assert np.abs(moments.mean[0] - np.mean(pictures, axis=0)).max() <= 0.51
    expected = np.var(pictures, axis=0).mean(axis=2)
    assert np.allclose(moments.variance[0], expected, rtol=0.01, atol=0.5)
    assert moments.counts[-1] == len(with_photo)


def test_photos_measured_before_an_interruption_are_not_measured_again(
    catalog, explored, tmp_path, monkeypatch
):
    explore(catalog, Assets(tmp_path / "first"), tmp_path / "work", ["images"])
    monkeypatch.setattr(type(catalog.photos), "read", lambda *_: pytest.fail("read again"))
    explore(catalog, Assets(tmp_path / "second"), tmp_path / "work", ["images"])
    first, second = (
        photo_statistics.photos(Assets(tmp_path / name)).to_numpy() for name in ("first", "second")
    )
    assert np.array_equal(first, second)


def test_a_broken_photo_is_left_out(sample_directory, tmp_path):
    import shutil

    shutil.copytree(sample_directory, tmp_path / "data")
    photo = next((tmp_path / "data" / "images" / "image_train").glob("*.jpg"))
    photo.write_bytes(b"broken")
    catalog = read_catalog(tmp_path / "data")
    with pytest.warns(UserWarning, match="is left out"):
        explore(catalog, Assets(tmp_path / "assets"), tmp_path / "work", ["images"])
    rows = statistics_facts(Assets(tmp_path / "assets"), "images")["rows"]
    assert rows == catalog.products["photo"].notna().sum() - 1


def test_what_is_unknown_or_missing_is_said(catalog, tmp_path, explored):
    with pytest.raises(CatalogError, match="Unknown part: sound"):
        explore(catalog, Assets(tmp_path), tmp_path, ["sound"])
    with pytest.raises(AssetError, match="explore --data DIR --parts text"):
        text_statistics.lengths(Assets(tmp_path), "title", "words")


def test_a_word_cloud_is_the_same_each_time_and_in_its_colour():
    weights = {"piscine": 3.0, "pompe": 2.0, "filtre": 1.0}
    first, second = (word_cloud(weights, Domain.BOOKS.color, size=(200, 100)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    pixels = np.asarray(first)
    drawn = pixels[pixels[..., 3] > 250]
    assert len(drawn) and (drawn[:, 2] > drawn[:, 0]).all()
    dark = np.asarray(word_cloud(weights, Domain.BOOKS.color, True, (200, 100)))
    assert dark[dark[..., 3] > 250][:, :3].mean() > drawn[:, :3].mean()


def test_changes_put_together_are_both_texts():
    before, after = "Une table très jolie!", "une table jolie"
    pieces = changes(before, after)
    assert "".join(p.text for p in pieces if p.kind != "added") == before
    assert "".join(p.text for p in pieces if p.kind != "removed") == after
    assert Change("removed", "Une") in pieces and Change("added", "une") in pieces


def test_no_text_is_markup():
    shown = escape_markdown("<b>*x*</b> $a$ :red[no]\n# no")
    assert "\n" not in shown
    assert all(f"\\{mark}" in shown for mark in "<*$:[]#>")
    # Streamlit would turn these into an arrow, a dash and links.
    for rewritten in ("a -> b", "a -- b", "www.x.fr", "a@b.fr", "http://x.fr"):
        assert "\u2060" in escape_markdown(rewritten)
    assert changes_as_markdown([Change("added", "**x**")]) == r":green[**\*\*x\*\***]"


def test_variants_are_of_the_same_size_and_repeatable():
    image = Image.new("RGB", (60, 60), "white")
    image.paste((200, 0, 0), (10, 20, 40, 50))
    variants = [np.asarray(augmented(image, seed)) for seed in range(4)]
    assert all(variant.shape == (60, 60, 3) for variant in variants)
    assert np.array_equal(variants[0], np.asarray(augmented(image, 0)))
    assert len({variant.tobytes() for variant in variants}) == 4


def test_a_file_that_is_not_what_was_computed_is_not_shown(explored, tmp_path):
    shutil.copytree(explored.root, tmp_path / "assets")
    assets = Assets(tmp_path / "assets")
    counted = type_counts.target(assets)
    path = assets.root / "statistics" / "target.parquet"
    counted.assign(products=1).reset_index().to_parquet(path)
    with pytest.raises(AssetError, match=r"target.parquet is not what was comp.*--parts target"):
        type_counts.target(assets)
