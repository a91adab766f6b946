"""Estimators of scikit-learn in skops format, which runs no code when it is loaded."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile

import skops.io
from sklearn.base import BaseEstimator

from rakuten_core.errors import AssetError
from rakuten_core.files import replacing
from rakuten_core.language import _

# Plain data types that skops does not trust by itself.
_TRUSTED = [
    "sklearn.tree._tree.Tree",
    "sklearn.neighbors._dist_metrics.CosineDistance",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn._loss.loss.HalfMultinomialLoss",
    "sklearn._loss.link.MultinomialLogit",
    "sklearn._loss.link.Interval",
    "sklearn._loss._loss.CyHalfMultinomialLoss",
    "numpy.dtype",
    "scipy.sparse._csr.csr_matrix",
]


def write_estimator(estimator: BaseEstimator, path: Path) -> None:
    """Write a fitted estimator."""
    with replacing(path) as temporary:
        skops.io.dump(estimator, temporary, compression=ZIP_DEFLATED)


def read_estimator(path: Path) -> BaseEstimator:
    """Read a fitted estimator.

    Raises:
        AssetError: the file is missing, damaged or holds a type that is not trusted.
    """
    try:
        return skops.io.load(path, trusted=_TRUSTED)
    except (OSError, KeyError, ValueError, BadZipFile, TypeError) as error:
        raise AssetError(
            _("{path} cannot be read: {error}.").format(path=path, error=error)
        ) from error
