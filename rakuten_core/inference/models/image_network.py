"""A linear head on what a pre-trained network makes of photos or texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rakuten_core.files import read_arrays, replacing
from rakuten_core.inference.models.calibration import per_class, to_probabilities
from rakuten_core.taxonomy import CODES

FILE_NAME = "head.npz"
NETWORK_FILE = "network.tflite"
# The score of a product type that the training data did not hold: never the answer.
_UNSEEN_SCORE = -100.0


class LinearHead:
    """Multinomial logistic regression on average-pooled features of a network.

    The features are standardised while learning and the scaling is folded into the weights, so that
    the score of a type is one linear function of the features: it can be read off the feature map
    place by place.

    Args:
        C: inverse strength of the regularisation.
        iterations: at most this many of the optimiser (L-BFGS).
    """

    def __init__(self, C: float = 0.001, iterations: int = 200) -> None:
        self.C = C
        self.iterations = iterations
        self.temperature_ = 1.0

    def fit(self, features: np.ndarray, codes: np.ndarray) -> LinearHead:
        """Learn from pooled features, (products, channels), and their codes."""
        # Answering needs no learner, and importing one takes longer than loading the model.
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        scaler = StandardScaler().fit(features)
        regression = LogisticRegression(C=self.C, max_iter=self.iterations)
        regression.fit(scaler.transform(features), codes)
        columns = [CODES.index(code) for code in regression.classes_]
        self.coefficients_ = np.zeros((features.shape[1], len(CODES)), np.float32)
        self.intercepts_ = np.full(len(CODES), _UNSEEN_SCORE, np.float32)
        weights, intercepts = per_class(regression.coef_, regression.intercept_)
        weights = weights / scaler.scale_
        self.coefficients_[:, columns] = weights.T
        self.intercepts_[columns] = intercepts - weights @ scaler.mean_
        return self

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Return the uncalibrated scores, float32 (products, 27)."""
        return features @ self.coefficients_ + self.intercepts_

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, (products, 27) in the order of `taxonomy.CODES`."""
        return to_probabilities(self.scores(features), self.temperature_)

    def save(self, folder: Path) -> list[Path]:
        """Write the head into a folder and return the files written."""
        path = folder / FILE_NAME
        with replacing(path) as temporary:
            np.savez_compressed(
                temporary,
                coefficients=self.coefficients_,
                intercepts=self.intercepts_,
                temperature=np.array(self.temperature_),
            )
        return [path]

    @classmethod
    def load(cls, folder: Path) -> LinearHead:
        """Read a head that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        model = cls()
        model.coefficients_ = arrays["coefficients"]
        model.intercepts_ = arrays["intercepts"]
        model.temperature_ = float(arrays["temperature"])
        return model
