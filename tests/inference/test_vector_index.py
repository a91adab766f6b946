import numpy as np
import pytest

from rakuten_core.data.outsiders import outsiders
from rakuten_core.errors import AssetError, CatalogError
from rakuten_core.inference.vector_index import VectorIndex


@pytest.fixture
def raw():
    generator = np.random.default_rng(0)
    return np.repeat(generator.normal(size=(3, 24)) * 4, 20, axis=0) + generator.normal(
        size=(60, 24)
    )


@pytest.fixture
def index(raw):
    return VectorIndex(parts=2, components=10).fit(
        raw, np.arange(100, 160), np.repeat([10, 40, 50], 20)
    )


def test_a_product_is_most_like_itself_and_those_of_its_group(index, raw):
    likeness = index.similarities(index.project(raw))
    assert likeness.shape == (60, 60)
    assert np.diag(likeness) == pytest.approx(1, abs=0.02)
    np.fill_diagonal(likeness, -1)
    assert (index.codes[likeness.argmax(axis=1)] == index.codes).all()


def test_vectors_are_rounded_to_eight_bits_and_of_length_one(index, raw):
    assert index.vectors.dtype == np.int8 and index.vectors.shape == (60, 10)
    assert np.linalg.norm(index.project(raw), axis=1) == pytest.approx(1, abs=1e-5)
    assert np.allclose(index.vectors / 127, index.project(raw), atol=0.5 / 127 + 1e-6)


def test_parts_count_alike_however_long_they_are(index, raw):
    longer = VectorIndex(parts=2, components=10).fit(
        raw * np.repeat([1, 100], 12), index.productids, index.codes
    )
    before = index.similarities(index.project(raw[:5]))
    after = longer.similarities(longer.project((raw * np.repeat([1, 100], 12))[:5]))
    assert np.allclose(before, after, atol=0.03)


def test_what_is_written_is_read_again(index, raw, tmp_path):
    index.limit = 0.25
    index.save(tmp_path / "texts.npz")
    read = VectorIndex.load(tmp_path / "texts.npz")
    assert read.limit == 0.25 and len(read) == 60
    assert (read.productids == index.productids).all()
    expected = index.similarities(index.project(raw[:3]))
    assert np.array_equal(read.similarities(read.project(raw[:3])), expected)


def test_a_damaged_file_is_refused(index, tmp_path):
    path = tmp_path / "texts.npz"
    index.save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(AssetError, match=r"texts\.npz cannot be read"):
        VectorIndex.load(path)


def test_outsiders_are_of_all_kinds_in_equal_parts_and_always_the_same():
    found = outsiders(170)
    kinds = [kind for kind, _title in found]
    assert len(set(kinds)) == 17 and {kinds.count(kind) for kind in kinds} == {10}
    assert len({title for _kind, title in found}) == 170
    assert found == outsiders(340)[:170] and found != outsiders(170, seed=1)


def test_there_are_only_so_many_outsiders():
    with pytest.raises(CatalogError, match="Asked for: 10000"):
        outsiders(10_000)
