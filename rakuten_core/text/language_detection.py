"""Which language a product text is in."""

from dataclasses import dataclass
from functools import cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

# The catalogue's languages: a detector that knows only these errs less on short titles.
_LANGUAGES = {
    "fr": Language.FRENCH,
    "en": Language.ENGLISH,
    "de": Language.GERMAN,
    "es": Language.SPANISH,
    "it": Language.ITALIAN,
    "nl": Language.DUTCH,
    "pt": Language.PORTUGUESE,
}
KNOWN_LANGUAGES: tuple[str, ...] = tuple(_LANGUAGES)
"""ISO 639-1 codes of the languages that the detector chooses among."""


@dataclass(frozen=True)
class DetectedLanguage:
    """A language (ISO 639-1 code) and how sure the detector is, from 0 to 1.

    `code` is None for a text without letters.
    """

    code: str | None
    confidence: float


@cache
def _detector() -> LanguageDetector:
    return LanguageDetectorBuilder.from_languages(*_LANGUAGES.values()).build()


def detect_language(text: str) -> DetectedLanguage:
    """Return the most likely of the catalogue's languages, by lingua's n-gram models.

    The models (about 180 MB) are loaded at the first call.
    """
    best = _detector().compute_language_confidence_values(text)[0]
    if not any(letter.isalpha() for letter in text) or best.value == 0:
        return DetectedLanguage(None, 0.0)
    return DetectedLanguage(best.language.iso_code_639_1.name.lower(), best.value)
