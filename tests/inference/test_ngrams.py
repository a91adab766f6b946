import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from rakuten_core.errors import ModelError
from rakuten_core.inference.models.ngrams import NgramTfidf

LEARNT = [
    "piscine hors sol ronde",
    "piscine gonflable ronde 3,66 m",
    "a bb ccc dddd",
    "livre de poche",
    "été à la mer",
    "a a a a b",
    "😀 bien",
]


def both(analyzer, sizes):
    vectorizer = TfidfVectorizer(
        analyzer=analyzer,
        ngram_range=sizes,
        token_pattern=r"\w+" if analyzer == "word" else None,
        lowercase=False,
        sublinear_tf=True,
        dtype=np.float32,
    ).fit(LEARNT)
    terms = np.frombuffer("\n".join(vectorizer.get_feature_names_out()).encode(), np.uint8)
    return vectorizer, NgramTfidf(analyzer, sizes, terms, vectorizer.idf_)


SETTINGS = [("word", (1, 1)), ("word", (1, 3)), ("char_wb", (3, 5)), ("char_wb", (2, 4))]
FITTED = {each: both(*each) for each in SETTINGS}


@pytest.mark.parametrize("setting", SETTINGS)
@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.text(alphabet="abcde é,😀\n\t\x1c\x00pisn", max_size=30), max_size=5))
def test_weights_are_those_of_scikit_learn(setting, texts):
    vectorizer, ngrams = FITTED[setting]
    texts = [*texts, *LEARNT]
    rows, columns, weights = ngrams.weights(texts)
    made = np.zeros((len(texts), len(ngrams)), np.float32)
    made[rows, columns] = weights
    assert np.allclose(made, vectorizer.transform(texts).toarray(), atol=1e-6)
    assert (np.diff(rows) >= 0).all()


def test_columns_of_known_and_unknown_ngrams():
    vectorizer, ngrams = FITTED["word", (1, 3)]
    assert ngrams.columns_of(["piscine", "hors sol", "jamais vu"]).tolist() == [
        vectorizer.vocabulary_["piscine"],
        vectorizer.vocabulary_["hors sol"],
        -1,
    ]
    assert len(ngrams.columns_of([])) == 0


def test_nothing_known_and_nothing_to_read():
    empty = NgramTfidf("word", (1, 2), np.empty(0, np.uint8), np.empty(0))
    assert [len(part) for part in empty.weights(["piscine", ""])] == [0, 0, 0]
    assert empty.columns_of(["piscine"]).tolist() == [-1]
    _vectorizer, ngrams = FITTED["char_wb", (3, 5)]
    assert [len(part) for part in ngrams.weights([])] == [0, 0, 0]
    # A lone surrogate, as broken files hold them, is a character like others.
    assert len(ngrams.weights(["\ud800 piscine"])[0]) > 0


def test_single_letters_are_not_strings_of_letters():
    with pytest.raises(ModelError, match="two letters"):
        NgramTfidf("char_wb", (1, 3), np.empty(0, np.uint8), np.empty(0))
