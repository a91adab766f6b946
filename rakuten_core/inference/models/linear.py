"""A linear model on TF-IDF of words and characters, title and description apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rakuten_core.data.products import Products
from rakuten_core.files import read_arrays, write_arrays
from rakuten_core.inference.models.calibration import per_class, to_probabilities
from rakuten_core.inference.models.model import LoadedModel, Model
from rakuten_core.inference.models.ngrams import Analyzer, NgramTfidf, as_lines
from rakuten_core.taxonomy import CODES
from rakuten_core.text.markup import plain_text, without_accents

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

FILE_NAME = "text_linear.npz"
_ANALYZERS: tuple[Analyzer, ...] = ("word", "char_wb") * 2
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


def _vectorizer(analyzer: str, ngrams: tuple[int, int], minimum: int) -> TfidfVectorizer:
    # Answering needs no learner, and importing one takes longer than loading the model.
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        analyzer=analyzer,
        ngram_range=ngrams,
        token_pattern=r"\w+" if analyzer == "word" else None,
        lowercase=False,
        sublinear_tf=True,
        min_df=minimum,
        dtype=np.float32,
    )


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
        fields = _fields(products)
        self.blocks_ = []
        for analyzer, field in zip(_ANALYZERS, fields, strict=True):
            sizes = self.word_ngrams if analyzer == "word" else self.character_ngrams
            vectorizer = _vectorizer(analyzer, sizes, self.minimum_products).fit(field)
            terms = as_lines(vectorizer.get_feature_names_out())
            self.blocks_.append(NgramTfidf(analyzer, sizes, terms, vectorizer.idf_))
        self._fit_machine(fields, codes)
        if self.features is not None and len(self.coefficients_) > self.features:
            # The blocks are normalised over the features that remain, so the machine learns anew.
            self._keep_strongest(self.features)
            self._fit_machine(fields, codes)
        return self

    def _fit_machine(self, fields: list[list[str]], codes: Sequence[int] | np.ndarray) -> None:
        from scipy.sparse import csr_matrix, hstack
        from sklearn.svm import LinearSVC

        parts = []
        for block, field in zip(self.blocks_, fields, strict=True):
            rows, columns, weights = block.weights(field)
            parts.append(csr_matrix((weights, (rows, columns)), (len(field), len(block))))
        matrix = hstack(parts, format="csr")
        machine = LinearSVC(C=self.C, random_state=self.seed).fit(matrix, codes)
        known = [CODES.index(code) for code in machine.classes_]
        self.coefficients_ = np.zeros((matrix.shape[1], len(CODES)), np.float32)
        self.intercepts_ = np.full(len(CODES), _UNSEEN_SCORE, np.float32)
        learnt, intercepts = per_class(machine.coef_, machine.intercept_)
        self.coefficients_[:, known] = learnt.T
        self.intercepts_[known] = intercepts

    def _keep_strongest(self, features: int) -> None:
        strength = np.abs(self.coefficients_).max(axis=1)
        kept = np.zeros(len(strength), bool)
        kept[np.argsort(-strength, kind="stable")[:features]] = True
        start = 0
        for position, block in enumerate(self.blocks_):
            mask = kept[start : start + len(block)]
            terms = np.array(block.terms.tobytes().decode().split("\n"))
            self.blocks_[position] = NgramTfidf(
                block.analyzer,
                block.sizes,
                as_lines(terms[: len(mask)][mask]),
                block.idf[mask],
            )
            start += len(block)

    def scores(self, products: Products) -> np.ndarray:
        """Return the uncalibrated scores, float32 (products, 27)."""
        result = np.tile(self.intercepts_, (len(products), 1))
        start = 0
        for block, field in zip(self.blocks_, _fields(products), strict=True):
            result += block.scores(field, self.coefficients_[start : start + len(block)])
            start += len(block)
        return result

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
        for position, block in enumerate(self.blocks_):
            arrays[f"terms{position}"] = block.terms
            arrays[f"idf{position}"] = block.idf
            arrays[f"ngrams{position}"] = np.array(block.sizes)
        write_arrays(folder / FILE_NAME, arrays)

    @classmethod
    def load(cls, folder: Path, *below: Model) -> TextLinear:
        """Read a model that `save` wrote.

        Raises:
            AssetError: the file is missing or damaged.
        """
        arrays = read_arrays(folder / FILE_NAME)
        model = cls()
        model.coefficients_ = arrays["coefficients"]
        model.intercepts_ = arrays["intercepts"]
        model.temperature_ = float(arrays["temperature"])
        model.blocks_ = [
            NgramTfidf(
                analyzer,
                tuple(arrays[f"ngrams{position}"].tolist()),
                arrays[f"terms{position}"],
                arrays[f"idf{position}"],
            )
            for position, analyzer in enumerate(_ANALYZERS)
        ]
        return model
