"""A convolutional network with a linear head, and the head alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from rakuten_core.data.products import Picture, Products
from rakuten_core.files import parts_of, read_arrays, read_json, write_arrays
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square
from rakuten_core.images.preprocessing import PREPROCESSING
from rakuten_core.inference.models.calibration import per_class, to_probabilities
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.inference.models.model import Asked, LoadedModel, Model, for_readable
from rakuten_core.taxonomy import CODES

FILE_NAME = "head.npz"
NETWORK_FILE, PACKED_FILE = "network.tflite", "network.tflite.gz"
# The score of a product type that the training data did not hold: never the answer.
_UNSEEN_SCORE = -100.0


def network_path(folder: Path) -> Path:
    """Return where a model's network is, packed (and perhaps in parts) or not."""
    packed = folder / PACKED_FILE
    return packed if parts_of(packed) else folder / NETWORK_FILE


class LinearHead:
    """Multinomial logistic regression on average-pooled features of a network.

    The features are standardised while learning and the scaling is folded into the weights, so that
    the score of a type is one linear function of the features: it can be read off the feature map
    position by position.

    Args:
        C: inverse strength of the L2 penalty.
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

    @property
    def parameter_count(self) -> int:
        """How many numbers were learnt."""
        return self.coefficients_.size + self.intercepts_.size

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Return the uncalibrated scores, float32 (products, 27)."""
        return features @ self.coefficients_ + self.intercepts_

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, (products, 27) in the order of `taxonomy.CODES`."""
        return to_probabilities(self.scores(features), self.temperature_)

    def save(self, folder: Path) -> None:
        """Write the head into a folder."""
        arrays = {
            "coefficients": self.coefficients_,
            "intercepts": self.intercepts_,
            "temperature": np.array(self.temperature_),
        }
        write_arrays(folder / FILE_NAME, arrays)

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


@dataclass(frozen=True)
class Look:
    """What the network made of one photo.

    Attributes:
        square: what it was shown, uint8 (size, size, 3).
        features: its last feature map, float32 (positions, positions, channels).
        probabilities: calibrated, (27,).
    """

    square: np.ndarray
    features: np.ndarray
    probabilities: np.ndarray


class Head(Protocol):
    """What answers from pooled features."""

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, (products, 27), of features (products, channels)."""

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""


class ImageNetwork(LoadedModel):
    """A network in LiteRT format, average pooling, and a head.

    Args:
        network: gives the last feature map of a preprocessed photo.
        head: over the mean of the map; a linear one, unless a class says otherwise.
        preprocessing: a name of `images.preprocessing.PREPROCESSING`.
        crop: fraction to cut from the borders first.

    Attributes:
        preprocess: from pixels, float32 (size, size, 3), to what the network takes.
    """

    head_class: type[Head] = LinearHead

    def __init__(
        self, network: LiteNetwork, head: Head, preprocessing: str, crop: float = 0.0
    ) -> None:
        self.network = network
        self.head = head
        self.crop = crop
        self.preprocess = PREPROCESSING[preprocessing]

    def look(self, picture: Picture | None) -> Look:
        """Return what the network makes of one photo.

        Raises:
            ImageError: the photo cannot be used.
        """
        square = to_square(decode_image(picture), self.network.image_size, self.crop)
        features = self.network.run(self.preprocess(square.astype(np.float32)))
        pooled = features.mean(axis=(0, 1))
        return Look(square, features, self.head.predict_proba(pooled[np.newaxis])[0])

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return calibrated probabilities, (products, 27); NaN for a product without photo.

        Raises:
            ImageError: a photo cannot be used.
        """
        rows = np.flatnonzero(products.has_photo)

        def answer(row: int) -> np.ndarray:
            return self.look(products.photos[row]).probabilities

        if len(rows) == 0:
            answers = np.empty((0, len(CODES)))
        elif len(rows) == 1:
            answers = answer(rows[0])[np.newaxis]
        else:
            with ThreadPoolExecutor(self.network.copies) as pool:
                answers = np.stack(list(pool.map(answer, rows)))
        return for_readable(products.has_photo, answers)

    def answers(self, asked: Asked, rows: np.ndarray) -> np.ndarray:
        """Return probabilities of some of the products; of a single one the look is kept."""
        if len(asked.products) > 1 or not asked.products.has_photo[0]:
            return super().answers(asked, rows)
        look = self.look(asked.products.photos[0])
        asked.looks[id(self)] = look
        return look.probabilities[np.newaxis]

    @classmethod
    def load_network(cls, path: Path) -> LiteNetwork:
        """Return the network: small enough for a copy on each core."""
        return LiteNetwork(path)

    def save(self, folder: Path) -> None:
        """Write the head; the network is written by its training."""
        self.head.save(folder)

    @classmethod
    def load(cls, folder: Path, *below: Model) -> ImageNetwork:
        """Read a trained model.

        Raises:
            AssetError: a file is missing or damaged.
        """
        parameters = read_json(folder / "manifest.json")["parameters"]
        return cls(
            cls.load_network(network_path(folder)),
            cls.head_class.load(folder),
            parameters["preprocessing"],
            parameters["crop"],
        )
