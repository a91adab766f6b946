"""A transformer over pieces of words, answered with LiteRT."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from rakuten_core.data.products import Products
from rakuten_core.files import read_arrays, write_arrays
from rakuten_core.inference.models.calibration import to_probabilities
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.inference.models.model import LoadedModel, Model
from rakuten_core.inference.models.quantization import quantize_rows
from rakuten_core.text.markup import plain_text

FILE_NAME = "text_transformer.npz"
NETWORK_FILE = "encoder.tflite.gz"
SPECIAL = ("<padding>", "<unknown>", "<start>", "<end>")
"""The first token ids."""
_PADDING, _UNKNOWN, _START, _END = range(len(SPECIAL))


def tokenizer(
    pieces: Sequence[str], scores: Sequence[float] | np.ndarray, unknown: int
) -> Tokenizer:
    """Return a tokenizer that splits texts into their most likely pieces.

    Unigram language model: Kudo, Subword Regularization (2018).

    Args:
        pieces: "▁" stands for the start of a word.
        scores: log-probability of each piece.
        unknown: id of the token for what no piece covers.
    """
    pairs = list(zip(pieces, map(float, scores), strict=True))
    made = Tokenizer(models.Unigram(pairs, unk_id=unknown))
    made.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    return made


class TextTransformer(LoadedModel):
    """A fine-tuned sentence encoder, the mean of its vectors, and a linear head.

    It is trained in Keras (`training.trainers.text_transformer`); here are its pieces, and its
    network in LiteRT format with weights quantized to 8 bits.

    Args:
        pieces: the vocabulary, `SPECIAL` first.
        scores: log-probability of each piece.
        length: pieces read of title and description together.
    """

    def __init__(
        self, pieces: Sequence[str], scores: Sequence[float] | np.ndarray, length: int
    ) -> None:
        self.pieces = list(pieces)
        self.scores_of_pieces = np.asarray(scores, np.float32)
        self.length = length
        self.temperature_ = 1.0
        self._readable = length * (1 + max(map(len, self.pieces), default=0))
        self._tokenizer = tokenizer(self.pieces, self.scores_of_pieces, _UNKNOWN)

    def encode(self, products: Products) -> list[list[int]]:
        """Return the token ids of each product: start, title, end, description, end."""
        tokenize = self._tokenizer.encode_batch_fast
        found = [
            # What follows could not be read; the tokenizer would take time and memory for it.
            [each.ids for each in tokenize([plain_text(text)[: self._readable] for text in texts])]
            for texts in (products.titles, products.descriptions)
        ]
        result = []
        for title, description in zip(*found, strict=True):
            ids = [_START, *title]
            if description:
                ids += [_END, *description]
            result.append([*ids[: self.length - 1], _END])
        return result

    def set_weights(
        self,
        vectors: np.ndarray,
        positions: np.ndarray,
        network: LiteNetwork,
        head: tuple[np.ndarray, np.ndarray],
    ) -> None:
        """Take over what has been trained.

        Args:
            vectors: (pieces, dimensions); quantized to 8 bits.
            positions: position embeddings, (length, dimensions).
            network: from vectors (1, pieces, dimensions) to (1, dimensions).
            head: weights (dimensions, 27) and intercepts (27,).
        """
        rounded, scale = quantize_rows(vectors)
        self._arrays = {
            "vectors": rounded,
            "scale": scale,
            "places": positions.astype(np.float32),
            "coefficients": head[0].astype(np.float32),
            "intercepts": head[1].astype(np.float32),
        }
        self._network = network

    def vectors(self, products: Products) -> np.ndarray:
        """Return what the encoder makes of each text, float32 (products, dimensions)."""
        arrays = self._arrays
        encoded = self.encode(products)
        result = np.empty((len(encoded), len(arrays["coefficients"])), np.float32)

        def read(row: int) -> None:
            ids = encoded[row]
            vectors = arrays["vectors"][ids] * arrays["scale"][ids] + arrays["places"][: len(ids)]
            result[row] = self._network.run(vectors)

        if len(encoded) == 1:
            read(0)
        else:
            # Texts of one length follow each other: the network is laid out once for each length.
            order = sorted(range(len(encoded)), key=lambda row: len(encoded[row]))
            with ThreadPoolExecutor(self._network.copies) as pool:
                list(pool.map(read, order))
        return result

    def piece_means(self, products: Products) -> np.ndarray:
        """Return the mean of the vectors of each text's pieces, float32 (products, dimensions).

        Zeros stand where there is no piece.
        """
        vectors, scale = self._arrays["vectors"], self._arrays["scale"]
        encoded = self.encode(products)
        result = np.zeros((len(encoded), vectors.shape[1]), np.float32)
        for row, ids in enumerate(encoded):
            if kept := [each for each in ids if each >= len(SPECIAL)]:
                result[row] = (vectors[kept] * scale[kept]).mean(axis=0)
        return result

    def scores(self, products: Products) -> np.ndarray:
        """Return the uncalibrated scores, float32 (products, 27)."""
        coefficients, intercepts = self._arrays["coefficients"], self._arrays["intercepts"]
        scores = np.empty((len(products), len(intercepts)), np.float32)
        # One by one: a product's scores do not depend, not even in the last digit, on the others.
        for row, vector in enumerate(self.vectors(products)):
            scores[row] = vector @ coefficients
        return scores + intercepts

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return calibrated probabilities, (products, 27); NaN for a product without text."""
        probabilities = to_probabilities(self.scores(products), self.temperature_)
        probabilities[~products.has_text] = np.nan
        return probabilities

    def save(self, folder: Path) -> None:
        """Write all but the network, which its training writes."""
        arrays = self._arrays | {
            "pieces": np.frombuffer("\n".join(self.pieces).encode(), np.uint8),
            "scores": self.scores_of_pieces,
            "temperature": np.array(self.temperature_),
        }
        write_arrays(folder / FILE_NAME, arrays)

    @classmethod
    def load(cls, folder: Path, *below: Model) -> TextTransformer:
        """Read a trained model.

        Raises:
            AssetError: a file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        pieces = arrays.pop("pieces").tobytes().decode().split("\n")
        model = cls(pieces, arrays.pop("scores"), len(arrays["places"]))
        model.temperature_ = float(arrays.pop("temperature"))
        model._arrays = arrays
        model._network = LiteNetwork(folder / NETWORK_FILE, lazily=True)
        return model
