"""Which language a product text is in."""

from dataclasses import dataclass
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

KNOWN_LANGUAGES = ("fr", "en", "de", "es", "it", "nl", "pt")
"""ISO 639-1 codes of the languages that the detector chooses among: the catalogue's. Knowing only
these, it errs less on short titles."""

LANGUAGE_CHARACTERS = 300
"""Letters of a text that are looked at where many texts are."""


@dataclass(frozen=True)
class DetectedLanguage:
    """A language (ISO 639-1 code) and how sure the detector is, from 0 to 1.

    `code` is None for a text without letters.
    """

    code: str | None
    confidence: float


@cache
def _detector() -> LanguageIdentifier:
    every = LanguageIdentifier.from_model_file(MODEL_FILE)
    every.set_languages(list(KNOWN_LANGUAGES))
    # Another one of what is left: the first would keep the tables of its ninety other languages.
    return LanguageIdentifier(
        every.nb_ptc,
        every.nb_pc,
        every.nb_classes,
        every.tk_nextmove,
        every.tk_output,
        norm_probs=True,
        tk_row=every.tk_row,
    )


def detect_language(text: str) -> DetectedLanguage:
    """Return the most likely of the catalogue's languages, by langid's n-grams of bytes.

    Lui and Baldwin, langid.py: An Off-the-shelf Language Identification Tool (2012). The model
    (about 40 MB) is loaded at the first call.
    """
    if not any(letter.isalpha() for letter in text):
        return DetectedLanguage(None, 0.0)
    code, confidence = _detector().classify(text)
    return DetectedLanguage(code, float(confidence))
