"""Naive Bayes on TF-IDF of words and pairs of words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rakuten_core.data.products import Products
from rakuten_core.files import read_arrays, write_arrays
from rakuten_core.inference.models.calibration import to_probabilities
from rakuten_core.inference.models.linear import normalise
from rakuten_core.inference.models.model import LoadedModel, Model
from rakuten_core.inference.models.ngrams import NgramTfidf, as_lines
from rakuten_core.inference.models.quantization import quantize_rows
from rakuten_core.taxonomy import CODES

FILE_NAME = "text_bayes.npz"
# The score of a product type that the training data did not hold: never the answer.
_UNSEEN_SCORE = -20.0


class TextBayes(LoadedModel):
    """Complement naive Bayes with temperature-scaled probabilities.

    Rennie et al., Tackling the Poor Assumptions of Naive Bayes Text Classifiers (2003), on the
    first characters of title and description together. It counts where the linear machine
    separates: alone it is weaker, but it errs elsewhere.

    Args:
        alpha: added to each count.
        word_ngrams: shortest and longest word n-gram.
        minimum_products: n-grams in fewer products are left out.
        characters: of title and description that are read.
    """

    def __init__(
        self,
        alpha: float = 0.1,
        word_ngrams: tuple[int, int] = (1, 2),
        minimum_products: int = 2,
        characters: int = 400,
    ) -> None:
        self.alpha = alpha
        self.word_ngrams = word_ngrams
        self.minimum_products = minimum_products
        self.characters = characters
        self.temperature_ = 1.0

    def _texts(self, products: Products) -> list[str]:
        pairs = zip(products.titles, products.descriptions, strict=True)
        return [normalise(" ".join(pair))[: self.characters] for pair in pairs]

    def fit(self, products: Products, codes: Sequence[int] | np.ndarray) -> TextBayes:
        """Learn from products and their codes; an empty title or description is fine."""
        # Answering needs no learner, and importing one takes longer than loading the model.
        from scipy.sparse import csr_matrix
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.naive_bayes import ComplementNB

        texts = self._texts(products)
        vectorizer = TfidfVectorizer(
            ngram_range=self.word_ngrams,
            token_pattern=r"\w+",
            lowercase=False,
            sublinear_tf=True,
            min_df=self.minimum_products,
        ).fit(texts)
        terms = as_lines(vectorizer.get_feature_names_out())
        self.block_ = NgramTfidf("word", self.word_ngrams, terms, vectorizer.idf_)
        rows, columns, weights = self.block_.weights(texts)
        matrix = csr_matrix((weights, (rows, columns)), (len(texts), len(self.block_)))
        machine = ComplementNB(alpha=self.alpha).fit(matrix, codes)
        known = [CODES.index(code) for code in machine.classes_]
        learnt = machine.feature_log_prob_.T
        coefficients = np.zeros((len(self.block_), len(CODES)))
        # What an n-gram says alike of all types decides nothing, and would cost precision.
        coefficients[:, known] = learnt - learnt.mean(axis=1, keepdims=True)
        self.coefficients_, self.scales_ = quantize_rows(coefficients)
        self.intercepts_ = np.full(len(CODES), _UNSEEN_SCORE, np.float32)
        self.intercepts_[known] = 0.0
        return self

    def words(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Return the known words, how strongly each speaks for each type, and how rare they are.

        Returns:
            Words, their weights, float32 (words, 27), and their inverse document frequency, float32
            (words,).
        """
        terms = self.block_.terms.tobytes().decode().split("\n")
        alone = np.array([" " not in term for term in terms], bool)
        weights = self.coefficients_[alone] * self.scales_[alone]
        words = [term for term in terms if " " not in term]
        return words, weights, self.block_.idf[alone]

    def scores(self, products: Products) -> np.ndarray:
        """Return the uncalibrated scores, float32 (products, 27)."""
        return self.intercepts_ + self.block_.scores(
            self._texts(products), self.coefficients_, self.scales_
        )

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return calibrated probabilities, (products, 27); NaN for a product without text."""
        probabilities = to_probabilities(self.scores(products), self.temperature_)
        probabilities[~products.has_text] = np.nan
        return probabilities

    def save(self, folder: Path) -> None:
        """Write the model."""
        arrays = {
            "coefficients": self.coefficients_,
            "scales": self.scales_,
            "intercepts": self.intercepts_,
            "terms": self.block_.terms,
            "idf": self.block_.idf,
            "ngrams": np.array(self.block_.sizes),
            "characters": np.array(self.characters),
            "temperature": np.array(self.temperature_),
        }
        write_arrays(folder / FILE_NAME, arrays)

    @classmethod
    def load(cls, folder: Path, *below: Model) -> TextBayes:
        """Read a model that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        model = cls(characters=int(arrays["characters"]))
        model.coefficients_, model.scales_ = arrays["coefficients"], arrays["scales"]
        model.intercepts_ = arrays["intercepts"]
        model.temperature_ = float(arrays["temperature"])
        sizes = tuple(arrays["ngrams"].tolist())
        model.block_ = NgramTfidf("word", sizes, arrays["terms"], arrays["idf"])
        return model
