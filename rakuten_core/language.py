"""The language of what a person reads: messages, numbers, dates, in French or English.

The language belongs to the running context (`contextvars`), not to the process: each session of the
app and each request has its own. Messages are those of gettext, kept as text in
`locales/<language>/LC_MESSAGES/messages.po`; `make messages` brings them up to date.
"""

import gettext
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.core import default_locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = {"fr": "Français", "en": "English"}
"""The languages of the interface, each by its own name; messages are written in English."""

PSEUDO = "en_XA"
"""The language in which a test sees whether a text has passed through the catalogue: `[¡…!]`."""

_current: ContextVar[str] = ContextVar("language", default="en")


class _Marked(gettext.NullTranslations):
    """Every message in marks, but for its placeholders: what fills them has to pass too."""

    def gettext(self, message: str) -> str:
        pieces = re.split(r"(\{\w*\})", message)
        return "".join(
            f"[¡{piece}!]" if re.search(r"\w", piece) and not piece.startswith("{") else piece
            for piece in pieces
        )

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@cache
def _translations(language: str) -> gettext.NullTranslations:
    if language == PSEUDO:
        return _Marked()
    if language == "en":
        return gettext.NullTranslations()
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as stream:
        catalog = read_po(stream, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def language() -> str:
    """Return the current language: `fr` or `en`."""
    return _current.get()


def set_language(chosen: str) -> None:
    """Speak a language from here on, in this context only.

    Raises:
        ValueError: it is not one of LANGUAGES.
    """
    if chosen not in LANGUAGES and chosen != PSEUDO:
        raise ValueError(f"Unknown language. Received: {chosen!r}. Known: {', '.join(LANGUAGES)}.")
    _current.set(chosen)


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Speak a language within a `with` block.

    Raises:
        ValueError: it is not one of LANGUAGES.
    """
    before = language()
    set_language(chosen)
    try:
        yield
    finally:
        _current.set(before)


def negotiated(*wanted: str | None) -> str:
    """Return the first language of LANGUAGES among locale names such as `fr-CA`, else English."""
    names = [name.replace("_", "-") for name in wanted if name]
    return negotiate_locale(names, LANGUAGES, sep="-") or "en"


def accepted(header: str) -> str:
    """Return the first of LANGUAGES that an `Accept-Language` header names, else English."""
    return negotiated(*(part.partition(";")[0].strip() for part in header.split(",")))


def system_language() -> str:
    """Return the language of the system's locale (LANGUAGE, LC_ALL, LC_MESSAGES, LANG)."""
    try:
        return negotiated(default_locale("LC_MESSAGES"))
    except (ValueError, UnknownLocaleError):
        return "en"


def _(message: str) -> str:
    """Return a message in the current language."""
    return _translations(language()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the message that goes with a count, in the current language."""
    return _translations(language()).ngettext(singular, plural, count)


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Mark a message of a constant for translation; whoever shows it calls `_`."""
    return message


def percent_format() -> str:
    """Return the printf format of a whole percentage, as Streamlit's sliders want it."""
    return "%d%%" if percent_sign() == "%" else "%d\u00a0%%"


def percent_sign() -> str:
    """Return what follows the number of a percentage, a space included where one belongs."""
    return _locale().percent_formats[None].suffix[0]


def _locale() -> Locale:
    return Locale.parse("fr" if language() == "fr" else "en")


def number(value: float) -> str:
    """Return a whole number with its thousands apart: `84 916`, `84,916`."""
    return format_decimal(round(value), locale=_locale())


def decimal(value: float, digits: int) -> str:
    """Return a number with a fixed count of decimals: `0,852`, `0.852`."""
    return format_decimal(
        round(value, digits),
        format="#,##0." + "0" * digits,
        locale=_locale(),
        decimal_quantization=False,
    )


def signed(value: float, digits: int) -> str:
    """Return a number with its sign: `+0,012`, `-0,012`."""
    # Without a zero that is negative.
    rounded = round(value, digits) + 0.0
    return ("+" if rounded >= 0 else "") + decimal(rounded, digits)


def percent(value: float, digits: int = 1) -> str:
    """Return a fraction as a percentage: `82,7 %`, `82.7%`."""
    pattern = _locale().percent_formats[None].pattern
    decimals = "." + "0" * digits if digits else ""
    return format_percent(
        round(value, digits + 2),
        format=pattern.replace("#,##0", "#,##0" + decimals),
        locale=_locale(),
        decimal_quantization=False,
    )


def day(value: str | date) -> str:
    """Return a date, given as such or as `2026-11-24`: `24 nov. 2026`, `Nov 24, 2026`."""
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return format_date(found, locale=_locale())


def language_name(code: str) -> str:
    """Return the name of a language by its ISO 639-1 code: `German`, `allemand`."""
    return _locale().languages.get(code, code)


def listing(parts: list[str]) -> str:
    """Return parts as a list in words: `a, b et c`."""
    return format_list(parts, locale=_locale())


def clauses(parts: Iterable[str]) -> str:
    """Return parts with semicolons between them: `a ; b`, `a; b`."""
    return ("\u00a0; " if language() == "fr" else "; ").join(parts)


def separators() -> str:
    """Return the signs for decimals and thousands, as Plotly's `layout.separators` wants them."""
    symbols = _locale().number_symbols["latn"]
    return symbols["decimal"] + symbols["group"]
