"""A frozen network with a kernel machine over its pooled features."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rakuten_core.files import read_arrays, write_arrays
from rakuten_core.inference.models.calibration import to_probabilities
from rakuten_core.inference.models.quantization import quantize_rows
from rakuten_core.inference.models.tower import TowerNetwork
from rakuten_core.taxonomy import CODES

FILE_NAME = "kernel.npz"
# The score of a product type that the training data did not hold: hardly ever the answer.
_UNSEEN_SCORE = -1.0


class KernelHead:
    """Kernel ridge regression on the types, with a Gaussian kernel.

    Saunders et al., Ridge Regression Learning Algorithm in Dual Variables (1998). The features'
    parts (first token, mean of the patches) are standardised and brought to length 1 each, and
    turned onto their principal components. With more products than `landmarks`, as many of them,
    drawn at random, stand for all (subset of regressors, Rasmussen and Williams 2006, 8.3.1).

    Args:
        parts: of equal length that the features consist of.
        components: principal components that are kept, at most.
        gamma: of the kernel, `exp(-gamma * squared distance)`.
        ridge: how much the answers are drawn to each type's share.
        landmarks: products that the kernel compares with, at most.
        seed: of the draw.
    """

    def __init__(
        self,
        parts: int = 2,
        components: int = 384,
        gamma: float = 1.0,
        ridge: float = 0.15,
        landmarks: int = 12_000,
        seed: int = 0,
    ) -> None:
        self.parts = parts
        self.components = components
        self.gamma = gamma
        self.ridge = ridge
        self.landmarks = landmarks
        self.seed = seed
        self.temperature_ = 1.0

    def fit(self, features: np.ndarray, codes: np.ndarray) -> KernelHead:
        """Learn from pooled features, (products, channels), and their codes."""
        self.mean_ = features.mean(axis=0)
        self.scale_ = np.maximum(features.std(axis=0), 1e-6)
        parts = self._parts(features)
        self.middle_ = parts.mean(axis=0)
        _values, vectors = np.linalg.eigh(np.cov(parts.T))
        self.axes_ = vectors[:, ::-1][:, : self.components].astype(np.float16)
        points = self.points(features)
        chosen = np.arange(len(points))
        if len(chosen) > self.landmarks:
            drawn = np.random.default_rng(self.seed).permutation(len(chosen))
            chosen = np.sort(drawn[: self.landmarks])
        self.points_, self.point_scales_ = quantize_rows(points[chosen])
        self._widen()
        truth = (np.asarray(codes)[:, np.newaxis] == np.asarray(CODES)).astype(np.float64)
        shares = truth.mean(axis=0)
        self.start_ = np.where(shares > 0, shares, _UNSEEN_SCORE).astype(np.float32)
        self.coefficients_ = self._solved(points, chosen, truth - shares).astype(np.float16)
        return self

    def _solved(self, points: np.ndarray, chosen: np.ndarray, targets: np.ndarray) -> np.ndarray:
        from scipy.linalg import solve

        # Compared as they are kept, rounded: what ships is what has learnt.
        between = self._kernel(self._landmarks).astype(np.float64)
        diagonal = np.diag_indices_from(between)
        if len(chosen) == len(points):
            between[diagonal] += self.ridge
            return solve(between, targets, assume_a="pos", overwrite_a=True)
        matrix, right = self.ridge * between, np.zeros((len(chosen), targets.shape[1]))
        matrix[diagonal] += 1e-6
        for start in range(0, len(points), 4096):
            rows = self._kernel(points[start : start + 4096]).astype(np.float64)
            matrix += rows.T @ rows
            right += rows.T @ targets[start : start + 4096]
        return solve(matrix, right, assume_a="pos", overwrite_a=True)

    def _parts(self, features: np.ndarray) -> np.ndarray:
        """Return standardised features, each part of length 1 over the root of their number."""
        standard = ((features - self.mean_) / self.scale_).reshape(len(features), self.parts, -1)
        lengths = np.linalg.norm(standard, axis=2, keepdims=True) * self.parts**0.5
        return (standard / np.maximum(lengths, 1e-9)).reshape(len(features), -1)

    def points(self, features: np.ndarray) -> np.ndarray:
        """Return where pooled features lie among the landmarks, (products, components)."""
        return (self._parts(features) - self.middle_) @ self.axes_.astype(np.float32)

    def _kernel(self, points: np.ndarray) -> np.ndarray:
        squares = (points**2).sum(axis=1)[:, np.newaxis] + self._squares
        return np.exp(-self.gamma * np.maximum(squares - 2 * points @ self._landmarks.T, 0))

    def _widen(self) -> None:
        """Keep the landmarks as they are compared with: each photo would widen them all again."""
        self._landmarks = self.points_ * self.point_scales_
        self._squares = (self._landmarks**2).sum(axis=1)

    @property
    def parameter_count(self) -> int:
        """How many numbers were learnt; the landmarks are products, not learnt."""
        return self.coefficients_.size + self.start_.size

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Return the uncalibrated scores, float32 (products, 27)."""
        likeness = self._kernel(self.points(features).astype(np.float32))
        return likeness @ self.coefficients_.astype(np.float32) + self.start_

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, (products, 27) in the order of `taxonomy.CODES`."""
        return to_probabilities(self.scores(features), self.temperature_)

    def save(self, folder: Path) -> None:
        """Write the head into a folder."""
        learnt = {name: value for name, value in vars(self).items() if name.endswith("_")}
        settings = {"parts": self.parts, "gamma": self.gamma}
        arrays = {name: np.asarray(value) for name, value in (learnt | settings).items()}
        write_arrays(folder / FILE_NAME, arrays)

    @classmethod
    def load(cls, folder: Path) -> KernelHead:
        """Read a head that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        model = cls(parts=int(arrays.pop("parts")), gamma=float(arrays.pop("gamma")))
        for name, value in arrays.items():
            setattr(model, name, value)
        model.temperature_ = float(model.temperature_)
        model._widen()
        return model


class KernelNetwork(TowerNetwork):
    """A network in LiteRT format and a kernel machine over what it makes of the whole photo.

    Its scores cannot be read off the feature map place by place.
    """

    head_class = KernelHead
