"""The study's ten preparation steps, one by one and as one fast function.

The steps run in the study's order. Accents are removed before stop words, so an accented stop
word ("très") stays, as it did in the study.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from stop_words import get_stop_words

from rakuten_core.language import N_
from rakuten_core.text.markup import plain_text, without_accents
from rakuten_core.text.translation import Translator

if TYPE_CHECKING:
    from nltk.stem.snowball import FrenchStemmer
    from nltk.tokenize import RegexpTokenizer

_WORD = r"[^\W\d_]+"
_WORDS = re.compile(_WORD)
_STOP_WORDS = frozenset(get_stop_words("french"))
_ENGLISH_STOP_WORDS = frozenset(get_stop_words("english"))
# Snowball keeps a final s after è ("succès") and drops it after e. The accents are gone when words
# are stemmed, so the words that end in ès are told to it with their accent.
_FINAL_E_GRAVE = {
    without_accents(word): word
    for word in (
        *("abcès", "accès", "après", "auprès", "congrès", "cyprès", "décès", "excès"),
        *("exprès", "grès", "près", "procès", "progrès", "succès", "très"),
    )
}


@dataclass(frozen=True)
class Step:
    """One named step: a short name, a label to show, and the function from text to text."""

    name: str
    label: str
    apply: Callable[[str], str]


@dataclass(frozen=True)
class StepResult:
    """What one step made: its name and label, the text after it, and, for the last one, indexes."""

    name: str
    label: str
    text: str
    indexes: tuple[int, ...] | None = None


def join_fields(designation: str, description: str) -> str:
    """Return title and description as one text (step 1)."""
    return f"{designation} {description}".strip()


def keep_letters(text: str) -> str:
    """Return the text with every run of other characters than letters replaced by one space."""
    return " ".join(_tokenizer().tokenize(text))


def drop_one_letter_words(text: str) -> str:
    """Return the text without its words of one letter."""
    return " ".join(word for word in text.split() if len(word) > 1)


def drop_stop_words(text: str) -> str:
    """Return the text without French stop words (the list of the `stop-words` package)."""
    return " ".join(word for word in text.split() if word not in _STOP_WORDS)


# NLTK is imported where a text is prepared: the app's start and its answers do without.
@cache
def _tokenizer() -> RegexpTokenizer:
    from nltk.tokenize import RegexpTokenizer

    return RegexpTokenizer(_WORD)


@cache
def _stemmer() -> FrenchStemmer:
    from nltk.stem.snowball import FrenchStemmer

    return FrenchStemmer()


def _stem_word(word: str) -> str:
    return _stemmer().stem(_FINAL_E_GRAVE.get(word, word))


_kept_stem = lru_cache(maxsize=200_000)(_stem_word)
# What is longer than any word is not kept: a stranger's would fill the memory.
_LONGEST_KEPT = 40


def stem(text: str) -> str:
    """Return the text with each word reduced to its stem (NLTK's Snowball stemmer, French)."""
    return " ".join(
        _kept_stem(word) if len(word) <= _LONGEST_KEPT else _stem_word(word)
        for word in text.split()
    )


def plain_words(text: str) -> list[str]:
    """Return the words of a plain text in lower case, before any of them is left out or changed."""
    return [word.lower() for word in _WORDS.findall(text)]


def is_stop_word(word: str) -> bool:
    """Return whether a lower-case word is a French or English stop word."""
    return word in _STOP_WORDS or word in _ENGLISH_STOP_WORDS


def _unchanged(text: str) -> str:
    return text


def preparation_steps(translator: Translator | None = None) -> tuple[Step, ...]:
    """Return steps 2 to 9, which turn a joined text into prepared words.

    Args:
        translator: translates a text to French; without one, step 2 leaves the text as it is.
    """
    return (
        Step("translate", N_("Detect the language, translate to French"), translator or _unchanged),
        Step("remove_html", N_("Remove HTML tags"), plain_text),
        Step("keep_letters", N_("Remove what is not a letter"), keep_letters),
        Step("lower_case", N_("Lower case"), str.lower),
        Step("remove_accents", N_("Remove accents"), without_accents),
        Step("drop_one_letter_words", N_("Remove one-letter words"), drop_one_letter_words),
        Step("drop_stop_words", N_("Remove stop words"), drop_stop_words),
        Step("stem", N_("Stem (Snowball, French)"), stem),
    )


def trace(
    designation: str,
    description: str = "",
    vocabulary: Vocabulary | None = None,
    translator: Translator | None = None,
) -> list[StepResult]:
    """Run the ten steps one by one and return what each one made.

    Without a vocabulary the tenth step (the tokenizer) is left out.
    """
    text = join_fields(designation, description)
    results = [StepResult("join", N_("Join title and description"), text)]
    for step in preparation_steps(translator):
        text = step.apply(text)
        results.append(StepResult(step.name, step.label, text))
    if vocabulary is not None:
        indexes = tuple(vocabulary.encode(text))
        results.append(StepResult("vectorize", N_("Vectorise with a tokenizer"), text, indexes))
    return results


def prepare(designation: str, description: str = "") -> str:
    """Return the prepared words of a product, separated by spaces: steps 1 to 9 in one pass."""
    text = plain_text(join_fields(designation, description))
    words = without_accents(keep_letters(text).lower()).split()
    return " ".join(_stem_word(word) for word in words if len(word) > 1 and word not in _STOP_WORDS)


class Vocabulary:
    """Word indexes by falling frequency, from 1; words met equally often keep their first order.

    Attributes:
        counts: how often each known word stands in the texts that it was made from.
    """

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = dict(sorted(counts.items(), key=lambda item: -item[1]))
        self._indexes = {word: index for index, word in enumerate(self.counts, start=1)}

    @classmethod
    def from_texts(cls, texts: Iterable[str], size: int | None = None) -> Vocabulary:
        """Count the words of prepared texts and keep the `size` most frequent (all by default)."""
        counts = Counter(word for text in texts for word in text.split())
        return cls(dict(counts.most_common(size)))

    def __len__(self) -> int:
        return len(self.counts)

    def index(self, word: str) -> int | None:
        """Return the word's index, or None when it is not in the vocabulary."""
        return self._indexes.get(word)

    def encode(self, text: str) -> Sequence[int]:
        """Return the indexes of the text's known words; unknown words are left out."""
        return [self._indexes[word] for word in text.split() if word in self._indexes]
