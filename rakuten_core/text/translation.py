"""Translation to French with argostranslate, an optional extra that is off by default."""

from collections.abc import Callable
from functools import lru_cache

from rakuten_core.errors import TextError
from rakuten_core.language import _, language_name
from rakuten_core.text.language_detection import detect_language

Translator = Callable[[str], str]


def french_translator() -> Translator:
    """Return a function that translates a text of any of the catalogue's languages to French.

    It works offline with the language models that the user installed (`argospm install
    translate-en_fr`). A French text, and a text without letters, come back as they are.

    Raises:
        TextError: argostranslate is not installed; from the returned function, the model for the
            text's language is not installed.
    """
    try:
        from argostranslate import translate
    except ImportError:
        raise TextError(
            _(
                "Translation needs the optional package argostranslate, which is not installed. "
                "Run: pip install argostranslate && argospm install translate-en_fr"
            )
        ) from None

    @lru_cache(maxsize=4096)
    def translate_to_french(text: str) -> str:
        source = detect_language(text).code
        if source is None or source == "fr":
            return text
        installed = {language.code: language for language in translate.get_installed_languages()}
        model = (
            installed[source].get_translation(installed["fr"])
            if source in installed and "fr" in installed
            else None
        )
        if model is None:
            raise TextError(
                _(
                    "No installed model translates {language_name} to French. Run: argospm install "
                    "translate-{source}_fr"
                ).format(language_name=language_name(source), source=source)
            )
        return model.translate(text)

    return translate_to_french
