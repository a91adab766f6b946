"""The study's four text classifiers of scikit-learn, on TF-IDF of its prepared text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from rakuten_core.data.products import Products
from rakuten_core.language import _
from rakuten_core.training.study2022.estimator_files import read_estimator, write_estimator
from rakuten_core.training.trainable import (
    Learning,
    TrainableModel,
    in_code_order,
    prepared_texts,
)

FILE_NAME = "classifier.skops"


def _classifier(algorithm: str, seed: int) -> ClassifierMixin:
    if algorithm == "logistic_regression":
        return LogisticRegression(C=5.0, max_iter=200)
    if algorithm == "random_forest":
        return RandomForestClassifier(100, min_samples_leaf=2, n_jobs=-1, random_state=seed)
    if algorithm == "kneighbours":
        return KNeighborsClassifier(10, weights="distance", metric="cosine", algorithm="brute")
    if algorithm == "decision_tree":
        return DecisionTreeClassifier(min_samples_leaf=2, random_state=seed)
    raise ValueError(
        _("Unknown algorithm. Received: {algorithm}.").format(algorithm=repr(algorithm))
    )


class TextClassifier(TrainableModel):
    """A scikit-learn classifier on words.

    Args:
        algorithm: `logistic_regression`, `random_forest`, `kneighbours` or `decision_tree`.
        words: the vocabulary's size.
    """

    # Since 2, words are stemmed by NLTK, as the study's were.
    method_version = 2

    def __init__(self, algorithm: str, words: int = 20_000) -> None:
        super().__init__()
        self.algorithm = algorithm
        self.words = words

    def parameters(self) -> dict[str, Any]:
        """Return the hyper-parameters."""
        settings = _classifier(self.algorithm, 0).get_params()
        plain = (int, float, str, bool, type(None))
        return self.settings() | {
            name: value
            for name, value in settings.items()
            if isinstance(value, plain) and name not in ("random_state", "verbose", "n_jobs")
        }

    def fit(self, learning: Learning) -> TextClassifier:
        """Learn from the prepared texts of train and validation: nothing stops early here."""
        self.pipeline_ = Pipeline(
            [
                ("words", TfidfVectorizer(max_features=self.words, token_pattern=r"\S+")),
                ("classifier", _classifier(self.algorithm, learning.seed)),
            ]
        )
        self.pipeline_.fit(
            prepared_texts(learning.train) + prepared_texts(learning.validation),
            np.concatenate([learning.train_codes, learning.validation_codes]),
        )
        classifier = self.pipeline_["classifier"]
        if isinstance(classifier, LogisticRegression):
            self.parameter_count_ = classifier.coef_.size + classifier.intercept_.size
        return self

    def predict_proba(self, products: Products) -> np.ndarray:
        """Return probabilities, (products, 27)."""
        probabilities = self.pipeline_.predict_proba(prepared_texts(products))
        return in_code_order(probabilities, self.pipeline_.classes_)

    def _write(self, folder: Path) -> None:
        write_estimator(self.pipeline_, folder / FILE_NAME)

    def _read(self, folder: Path) -> None:
        self.pipeline_ = read_estimator(folder / FILE_NAME)
