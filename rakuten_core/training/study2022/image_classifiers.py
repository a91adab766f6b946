"""The study's five image classifiers of scikit-learn, on small pixels.

The study shows with them that classical models fail on raw pixels; they are kept cheap.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from rakuten_core.data.products import Products
from rakuten_core.inference.models.calibration import to_probabilities
from rakuten_core.language import _
from rakuten_core.training.study2022.estimator_files import read_estimator, write_estimator
from rakuten_core.training.study2022.small_pixels import small_pixels
from rakuten_core.training.trainable import Learning, TrainableModel, in_code_order

FILE_NAME = "classifier.skops"


def _classifier(algorithm: str, seed: int) -> ClassifierMixin:
    if algorithm == "logistic_regression":
        return LogisticRegression(C=0.01, max_iter=100)
    if algorithm == "random_forest":
        return RandomForestClassifier(100, min_samples_leaf=3, n_jobs=-1, random_state=seed)
    if algorithm == "kneighbours":
        return KNeighborsClassifier(10, weights="distance")
    if algorithm == "svc":
        return SVC(C=3.0)
    if algorithm == "gradient_boosting":
        return HistGradientBoostingClassifier(
            max_iter=15, max_leaf_nodes=8, early_stopping=False, random_state=seed
        )
    raise ValueError(
        _("Unknown algorithm. Received: {algorithm}.").format(algorithm=repr(algorithm))
    )


class ImageClassifier(TrainableModel):
    """A scikit-learn classifier on the pixels of a reduced photo.

    Args:
        algorithm: `logistic_regression`, `random_forest`, `kneighbours`, `svc` or
            `gradient_boosting`.
        side: of the reduced photo, in pixels.
        sample: learn from this many photos at most, drawn at random.
    """

    def __init__(self, algorithm: str, side: int = 16, sample: int = 4000) -> None:
        super().__init__()
        self.algorithm = algorithm
        self.side = side
        self.sample = sample

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        plain = (int, float, str, bool, type(None))
        return self.settings() | {
            name: value
            for name, value in _classifier(self.algorithm, 0).get_params().items()
            if isinstance(value, plain) and name not in ("random_state", "verbose", "n_jobs")
        }

    def fit(self, learning: Learning) -> ImageClassifier:
        """Learn from a sample of train."""
        rows = np.random.default_rng(learning.seed).permutation(len(learning.train))[: self.sample]
        self.pipeline_ = Pipeline(
            [
                ("scaler", StandardScaler()),
                ("classifier", _classifier(self.algorithm, learning.seed)),
            ]
        )
        photos = [learning.train.photos[row] for row in rows]
        self.pipeline_.fit(small_pixels(photos, self.side), learning.train_codes[rows])
        return self

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return probabilities, (products, 27)."""
        pixels = small_pixels(products.photos, self.side)
        if self.algorithm == "svc":
            # It has scores only; their softmax keeps its ranking.
            probabilities = to_probabilities(self.pipeline_.decision_function(pixels))
        else:
            probabilities = self.pipeline_.predict_proba(pixels)
        return in_code_order(probabilities, self.pipeline_.classes_)

    def _write(self, folder: Path) -> None:
        write_estimator(self.pipeline_, folder / FILE_NAME)

    def _read(self, folder: Path) -> None:
        self.pipeline_ = read_estimator(folder / FILE_NAME)
