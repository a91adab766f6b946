"""One answer from the probabilities of a text and an image model, whichever of them is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rakuten_core.errors import ModelError
from rakuten_core.files import read_arrays, replacing
from rakuten_core.models.probabilities import to_probabilities
from rakuten_core.taxonomy import CODES

FILE_NAME = "fusion.npz"
# Smaller probabilities count alike: how far below is noise that the regression would follow.
_SMALLEST = 1e-3
_UNSEEN_SCORE = -100.0


class FusionStacked:
    """Stacking (Wolpert 1992): logistic regression over the log-probabilities of two models.

    It learns from out-of-fold probabilities of products that have both a text and a photo. A
    product that lacks one of them gets the other model's calibrated probabilities as they are.

    Args:
        C: inverse strength of the regularisation.
        iterations: at most this many of the optimiser (L-BFGS).
    """

    def __init__(self, C: float = 0.03, iterations: int = 500) -> None:
        self.C = C
        self.iterations = iterations

    def fit(self, text: np.ndarray, image: np.ndarray, codes: np.ndarray) -> FusionStacked:
        """Learn from held-out probabilities.

        Args:
            text: (products, 27) probabilities of the text model.
            image: (products, 27) probabilities of the image model.
            codes: (products,) product type codes.
        """
        # Answering needs no learner, and importing one takes longer than loading the model.
        from sklearn.linear_model import LogisticRegression

        regression = LogisticRegression(C=self.C, max_iter=self.iterations)
        regression.fit(_logs(text, image), codes)
        columns = [CODES.index(code) for code in regression.classes_]
        self.coefficients_ = np.zeros((2 * len(CODES), len(CODES)), np.float32)
        self.intercepts_ = np.full(len(CODES), _UNSEEN_SCORE, np.float32)
        self.coefficients_[:, columns] = regression.coef_.T
        self.intercepts_[columns] = regression.intercept_
        return self

    def predict_proba(self, text: np.ndarray | None, image: np.ndarray | None) -> np.ndarray:
        """Return the fused probabilities, (products, 27).

        Args:
            text: (products, 27) probabilities; a row of NaN, or None for all, where there is no
                text.
            image: the same for the photo.

        Raises:
            ModelError: a product has neither.
        """
        if text is None and image is None:
            raise ModelError("Fusion needs a text or a photo; the product has neither.")
        text = np.full_like(image, np.nan) if text is None else text
        image = np.full_like(text, np.nan) if image is None else image
        has_text = ~np.isnan(text).any(axis=1)
        has_image = ~np.isnan(image).any(axis=1)
        if not (has_text | has_image).all():
            raise ModelError(
                f"{int((~has_text & ~has_image).sum())} products have neither a text nor a photo."
            )
        fused = np.where(has_text[:, np.newaxis], text, image).astype(np.float64)
        both = has_text & has_image
        if both.any():
            scores = _logs(text[both], image[both]) @ self.coefficients_ + self.intercepts_
            fused[both] = to_probabilities(scores)
        return fused

    def moves(
        self, text: np.ndarray, image: np.ndarray, kind: int, against: int
    ) -> tuple[float, float, float]:
        """Return what text, photo and the intercepts add to the log-odds of a type against another.

        Args:
            text: (27,) probabilities of the text model.
            image: (27,) probabilities of the image model.
            kind: the type's position in `taxonomy.CODES`.
            against: the other's.
        """
        logs = _logs(text[np.newaxis], image[np.newaxis])[0]
        parts = logs * (self.coefficients_[:, kind] - self.coefficients_[:, against])
        start = self.intercepts_[kind] - self.intercepts_[against]
        return float(parts[: len(CODES)].sum()), float(parts[len(CODES) :].sum()), float(start)

    def save(self, folder: Path) -> list[Path]:
        """Write the model into a folder and return the files written."""
        path = folder / FILE_NAME
        with replacing(path) as temporary:
            np.savez_compressed(
                temporary, coefficients=self.coefficients_, intercepts=self.intercepts_
            )
        return [path]

    @classmethod
    def load(cls, folder: Path) -> FusionStacked:
        """Read a model that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        model = cls()
        model.coefficients_ = arrays["coefficients"]
        model.intercepts_ = arrays["intercepts"]
        return model


def _logs(text: np.ndarray, image: np.ndarray) -> np.ndarray:
    return np.log(np.clip(np.hstack([text, image]).astype(np.float64), _SMALLEST, 1.0))
