"""A linear model on TF-IDF of words and characters, title and description apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from rakuten_core.data.products import Products
from rakuten_core.files import read_arrays, write_arrays
from rakuten_core.inference.models.calibration import per_class, to_probabilities
from rakuten_core.inference.models.model import LoadedModel, Model
from rakuten_core.taxonomy import CODES
from rakuten_core.text.markup import plain_text, without_accents

FILE_NAME = "text_linear.npz"
# The score of a product type that the training data did not hold: never the answer.
_UNSEEN_SCORE = -20.0


def normalise(text: str) -> str:
    """Return what the model reads: plain text in lower case without accents."""
    return without_accents(plain_text(text).lower())


def _fields(products: Products) -> list[list[str]]:
    """Return the text that each of the four feature blocks reads."""
    titles = [normalise(title) for title in products.titles]
    descriptions = [normalise(description) for description in products.descriptions]
    return [titles, titles, descriptions, descriptions]


def _vectorizer(analyzer: str, ngrams: tuple[int, int], minimum: int = 1) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer=analyzer,
        ngram_range=ngrams,
        token_pattern=r"\w+" if analyzer == "word" else None,
        lowercase=False,
        sublinear_tf=True,
        min_df=minimum,
        dtype=np.float32,
    )


def _fitted(
    analyzer: str, ngrams: tuple[int, int], terms: Sequence[str], idf: np.ndarray
) -> TfidfVectorizer:
    """Return a vectorizer that knows these terms, as if it had been fitted."""
    vectorizer = _vectorizer(analyzer, ngrams)
    vectorizer.vocabulary = {term: column for column, term in enumerate(terms)}
    vectorizer.idf_ = np.asarray(idf, np.float32)
    return vectorizer


class TextLinear(LoadedModel):
    """Linear support vector machine (one against the rest) with temperature-scaled probabilities.

    Four feature blocks (title words, title characters, description words, description characters)
    are each TF-IDF weighted with sublinear counts and normalised to length 1, so that a long
    description does not drown a title.

    Args:
        C: inverse strength of the L2 penalty.
        word_ngrams: shortest and longest word n-gram.
        character_ngrams: the same for characters, inside word boundaries.
        minimum_products: n-grams in fewer products are left out.
        features: keep the n-grams of the largest weights, this many at most; None keeps all.
        seed: of the optimiser.
    """

    def __init__(
        self,
        C: float = 0.25,
        word_ngrams: tuple[int, int] = (1, 2),
        character_ngrams: tuple[int, int] = (3, 5),
        minimum_products: int = 2,
        features: int | None = 400_000,
        seed: int = 0,
    ) -> None:
        self.C = C
        self.word_ngrams = word_ngrams
        self.character_ngrams = character_ngrams
        self.minimum_products = minimum_products
        self.features = features
        self.seed = seed
        self.temperature_ = 1.0

    def fit(self, products: Products, codes: Sequence[int] | np.ndarray) -> TextLinear:
        """Learn from products and their codes; an empty title or description is fine."""
        blocks = [
            (analyzer, ngrams)
            for _ in ("title", "description")
            for analyzer, ngrams in (
                ("word", self.word_ngrams),
                ("char_wb", self.character_ngrams),
            )
        ]
        self.vectorizers_ = [
            _vectorizer(analyzer, ngrams, self.minimum_products) for analyzer, ngrams in blocks
        ]
        fields = _fields(products)
        for vectorizer, field in zip(self.vectorizers_, fields, strict=True):
            vectorizer.fit(field)
        self._fit_machine(fields, codes)
        if self.features is not None and len(self.coefficients_) > self.features:
            # The blocks are normalised over the features that remain, so the machine learns anew.
            self._keep_strongest(self.features)
            self._fit_machine(fields, codes)
        return self

    def _fit_machine(self, fields: list[list[str]], codes: Sequence[int] | np.ndarray) -> None:
        # Answering needs no learner, and importing one takes longer than loading the model.
        from sklearn.svm import LinearSVC

        matrix = self._matrix(fields)
        machine = LinearSVC(C=self.C, random_state=self.seed).fit(matrix, codes)
        columns = [CODES.index(code) for code in machine.classes_]
        self.coefficients_ = np.zeros((matrix.shape[1], len(CODES)), np.float32)
        self.intercepts_ = np.full(len(CODES), _UNSEEN_SCORE, np.float32)
        weights, intercepts = per_class(machine.coef_, machine.intercept_)
        self.coefficients_[:, columns] = weights.T
        self.intercepts_[columns] = intercepts

    def _keep_strongest(self, features: int) -> None:
        strength = np.abs(self.coefficients_).max(axis=1)
        kept = np.zeros(len(strength), bool)
        kept[np.argsort(-strength, kind="stable")[:features]] = True
        start = 0
        for position, vectorizer in enumerate(self.vectorizers_):
            terms = vectorizer.get_feature_names_out()
            mask = kept[start : start + len(terms)]
            self.vectorizers_[position] = _fitted(
                vectorizer.analyzer, vectorizer.ngram_range, terms[mask], vectorizer.idf_[mask]
            )
            start += len(terms)

    def _matrix(self, fields: list[list[str]]) -> sparse.csr_matrix:
        return sparse.hstack(
            [
                vectorizer.transform(field)
                for vectorizer, field in zip(self.vectorizers_, fields, strict=True)
            ],
            format="csr",
        )

    def scores(self, products: Products) -> np.ndarray:
        """Return the uncalibrated scores, float32 (products, 27)."""
        matrix = self._matrix(_fields(products))
        return matrix @ self.coefficients_ + self.intercepts_

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return calibrated probabilities, (products, 27); NaN for a product without text."""
        probabilities = to_probabilities(self.scores(products), self.temperature_)
        probabilities[~products.has_text] = np.nan
        return probabilities

    def save(self, folder: Path) -> None:
        """Write the model; weights are stored with 11 significant bits (float16)."""
        arrays: dict[str, np.ndarray] = {
            "coefficients": self.coefficients_.astype(np.float16),
            "intercepts": self.intercepts_,
            "temperature": np.array(self.temperature_),
        }
        for position, vectorizer in enumerate(self.vectorizers_):
            terms = "\n".join(vectorizer.get_feature_names_out())
            arrays[f"terms{position}"] = np.frombuffer(terms.encode(), np.uint8)
            arrays[f"idf{position}"] = vectorizer.idf_.astype(np.float32)
            arrays[f"ngrams{position}"] = np.array(vectorizer.ngram_range)
        write_arrays(folder / FILE_NAME, arrays)

    @classmethod
    def load(cls, folder: Path, *below: Model) -> TextLinear:
        """Read a model that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        model = cls()
        model.coefficients_ = arrays["coefficients"].astype(np.float32)
        model.intercepts_ = arrays["intercepts"]
        model.temperature_ = float(arrays["temperature"])
        model.vectorizers_ = []
        for position, analyzer in enumerate(("word", "char_wb") * 2):
            terms = arrays[f"terms{position}"].tobytes().decode()
            ngrams = tuple(arrays[f"ngrams{position}"].tolist())
            model.vectorizers_.append(
                _fitted(
                    analyzer, ngrams, terms.split("\n") if terms else [], arrays[f"idf{position}"]
                )
            )
        return model
