"""Word vectors and convolutions over title and description, answered with NumPy alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rakuten_core.data.products import Products
from rakuten_core.files import read_arrays, write_arrays
from rakuten_core.inference.models.calibration import to_probabilities
from rakuten_core.inference.models.linear import normalise
from rakuten_core.inference.models.model import LoadedModel, Model
from rakuten_core.inference.models.quantization import quantize_rows

FILE_NAME = "text_convolutional.npz"
TITLE_KERNELS, DESCRIPTION_KERNELS = (1, 2, 3), (1, 3)
"""Widths of the convolutions, in words."""
_WORD = re.compile(r"\w+")
_PADDING, _UNKNOWN = 0, 1
_BATCH = 64


class TextConvolutional(LoadedModel):
    """Convolutions over word vectors, each pooled to its maximum (Kim 2014), for each field.

    It is trained in Keras (`training.trainers.text_convolutional`); here are its words and its
    arithmetic.

    Args:
        words: the vocabulary; token ids start at 2, after padding (0) and out-of-vocabulary (1).
        title_length: words read of a title.
        description_length: words read of a description.
    """

    def __init__(
        self, words: Sequence[str] = (), title_length: int = 24, description_length: int = 100
    ) -> None:
        self.words = list(words)
        self.title_length = title_length
        self.description_length = description_length
        self.weights_: dict[str, np.ndarray] = {}
        self.temperature_ = 1.0
        self._index = {word: token_id for token_id, word in enumerate(self.words, start=2)}

    @staticmethod
    def tokens(text: str) -> list[str]:
        """Return the words that the model reads of a text."""
        return _WORD.findall(normalise(text))

    @classmethod
    def vocabulary(cls, products: Products, minimum_products: int, most: int) -> list[str]:
        """Return the words that enough products have, most frequent first."""
        counts: Counter[str] = Counter()
        for title, description in zip(products.titles, products.descriptions, strict=True):
            counts.update(set(cls.tokens(title)) | set(cls.tokens(description)))
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
        return [word for word, count in ordered if count >= minimum_products]

    def encode(self, products: Products) -> np.ndarray:
        """Return token ids, int32 (products, title_length + description_length), 0 for padding."""
        result = np.zeros((len(products), self.title_length + self.description_length), np.int32)
        for row, texts in enumerate(zip(products.titles, products.descriptions, strict=True)):
            start = 0
            for text, length in zip(
                texts, (self.title_length, self.description_length), strict=True
            ):
                found = [self._index.get(word, _UNKNOWN) for word in self.tokens(text)[:length]]
                result[row, start : start + len(found)] = found
                start += length
        return result

    def scores(self, products: Products) -> np.ndarray:
        """Return the uncalibrated scores, float32 (products, 27)."""
        ids = self.encode(products)
        # Texts of like length together: a batch is as long as its longest.
        order = np.argsort((ids != _PADDING).sum(axis=1), kind="stable")
        result = np.empty((len(ids), len(self.weights_["scores_bias"])), np.float32)
        for start in range(0, len(ids), _BATCH):
            rows = order[start : start + _BATCH]
            result[rows] = self._batch_scores(ids[rows])
        return result

    def _batch_scores(self, ids: np.ndarray) -> np.ndarray:
        pooled, means = [], []
        for name, field, kernels in (
            ("title", ids[:, : self.title_length], TITLE_KERNELS),
            ("description", ids[:, self.title_length :], DESCRIPTION_KERNELS),
        ):
            longest = max(1, int((field != _PADDING).sum(axis=1).max()))
            field = field[:, :longest]
            inside = (field != _PADDING)[..., np.newaxis].astype(np.float32)
            vectors = self.weights_["vectors"][field] * inside
            for kernel in kernels:
                pooled.append(self._convolution(vectors, inside, f"{name}{kernel}").max(axis=1))
            means.append(vectors.sum(axis=1) / np.maximum(inside.sum(axis=1), 1))
        features = np.concatenate([*pooled, *means], axis=1)
        return features @ self.weights_["scores_kernel"] + self.weights_["scores_bias"]

    def _convolution(self, vectors: np.ndarray, inside: np.ndarray, name: str) -> np.ndarray:
        kernel, bias = self.weights_[f"{name}_kernel"], self.weights_[f"{name}_bias"]
        width, length = len(kernel), vectors.shape[1]
        # Padded as Keras pads "same": the odd word goes after the text.
        before = (width - 1) // 2
        padded = np.pad(vectors, ((0, 0), (before, width - 1 - before), (0, 0)))
        answer = sum(padded[:, shift : shift + length] @ kernel[shift] for shift in range(width))
        return np.maximum(answer + bias, 0) * inside

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return calibrated probabilities, (products, 27); NaN for a product without text."""
        probabilities = to_probabilities(self.scores(products), self.temperature_)
        probabilities[~products.has_text] = np.nan
        return probabilities

    def save(self, folder: Path) -> None:
        """Write the model; word vectors are stored in 8 bits."""
        vectors, scale = quantize_rows(self.weights_["vectors"])
        arrays = self.weights_ | {
            "vectors": vectors,
            "scale": scale,
            "words": np.frombuffer("\n".join(self.words).encode(), np.uint8),
            "lengths": np.array([self.title_length, self.description_length]),
            "temperature": np.array(self.temperature_),
        }
        write_arrays(folder / FILE_NAME, arrays)

    @classmethod
    def load(cls, folder: Path, *below: Model) -> TextConvolutional:
        """Read a model that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        words = arrays.pop("words").tobytes().decode()
        title_length, description_length = arrays.pop("lengths").tolist()
        model = cls(words.split("\n") if words else [], title_length, description_length)
        model.temperature_ = float(arrays.pop("temperature"))
        vectors = arrays.pop("vectors") * arrays.pop("scale")
        model.weights_ = arrays | {"vectors": vectors}
        return model
