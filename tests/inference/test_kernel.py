import numpy as np
import pytest

from rakuten_core.errors import AssetError
from rakuten_core.inference.models.kernel import KernelHead
from rakuten_core.taxonomy import CODES

KNOWN = CODES[:3]


@pytest.fixture
def learnt():
    """Features of two parts around a middle of each of three types, and their codes."""
    generator = np.random.default_rng(0)
    middles = generator.normal(size=(3, 16)) * 3
    kinds = np.arange(90) % 3
    return middles[kinds] + generator.normal(size=(90, 16)), np.array(KNOWN)[kinds]


def head(**settings) -> KernelHead:
    return KernelHead(components=12, **settings)


def test_what_lies_near_is_of_the_same_type(learnt):
    features, codes = learnt
    learn, hold = np.arange(90) < 60, np.arange(90) >= 60
    model = head().fit(features[learn], codes[learn])
    probabilities = model.predict_proba(features[hold])
    assert (np.array(CODES)[probabilities.argmax(axis=1)] == codes[hold]).all()
    assert np.allclose(probabilities.sum(axis=1), 1)
    # Types without products are less likely than any known one.
    assert probabilities[:, 3:].max() < probabilities[:, :3].min()


def test_scores_solve_the_ridge_regression(learnt):
    features, codes = learnt
    model = head(ridge=0.5).fit(features, codes)
    points = model.points_ * model.point_scales_
    squares = ((points[:, np.newaxis] - points) ** 2).sum(axis=2)
    truth = (codes[:, np.newaxis] == np.array(CODES)).astype(float)
    expected = np.linalg.solve(np.exp(-squares) + 0.5 * np.eye(90), truth - truth.mean(axis=0))
    assert np.allclose(model.coefficients_, expected, atol=2e-3)


def test_fewer_landmarks_answer_nearly_alike(learnt):
    features, codes = learnt
    every, few = head().fit(features, codes), head(landmarks=60).fit(features, codes)
    assert len(few.points_) == 60 and len(every.points_) == 90
    assert (every.scores(features).argmax(axis=1) == few.scores(features).argmax(axis=1)).all()


def test_a_saved_head_answers_alike(learnt, tmp_path):
    features, codes = learnt
    model = head(gamma=0.7).fit(features, codes)
    model.temperature_ = 0.2
    model.save(tmp_path)
    found = KernelHead.load(tmp_path)
    assert np.array_equal(found.predict_proba(features), model.predict_proba(features))
    (tmp_path / "kernel.npz").write_bytes(b"broken")
    with pytest.raises(AssetError, match="kernel"):
        KernelHead.load(tmp_path)
