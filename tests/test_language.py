"""Messages, numbers and dates in both languages."""

import ast
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from rakuten_core.language import (
    LANGUAGES,
    LOCALES,
    _,
    day,
    decimal,
    language,
    language_name,
    listing,
    negotiated,
    ngettext,
    number,
    percent,
    set_language,
    signed,
    speaking,
    system_language,
)
from rakuten_core.taxonomy import Domain, product_type

ROOT = Path(__file__).parents[1]
NARROW, SPACE = "\u202f", "\u00a0"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


@pytest.fixture(scope="module")
def in_code() -> set:
    found = set()
    for folder in ("rakuten_core", "pages"):
        for _file, _line, message, *_rest in extract_from_dir(ROOT / folder, keywords=KEYWORDS):
            found.add(message)
    return found


@pytest.fixture(scope="module", params=[code for code in LANGUAGES if code != "en"])
def catalog(request):
    with (LOCALES / request.param / "LC_MESSAGES" / "messages.po").open("rb") as stream:
        return read_po(stream, locale=request.param)


def forms(message) -> list[str]:
    return [message] if isinstance(message, str) else list(message)


def test_every_message_of_the_code_is_in_the_catalogue_and_no_other(catalog, in_code):
    """`make messages` brings the catalogue up to date."""
    assert {message.id for message in catalog if message.id} == in_code


def test_every_message_is_translated_and_none_is_fuzzy(catalog):
    translated = [message for message in catalog if message.id]
    assert [each.id for each in translated if not all(forms(each.string))] == []
    assert [each.id for each in translated if each.fuzzy] == []


def test_translations_have_the_same_placeholders_and_marks(catalog):
    pattern = re.compile(r"\{\w*\}|%\(\w+\)\w|%s|<br>|</?b>|\*\*|`|\n|\|")
    different = []
    for message in catalog:
        for source, translation in zip(forms(message.id), forms(message.string), strict=True):
            if message.id and sorted(pattern.findall(source)) != sorted(
                pattern.findall(translation)
            ):
                different.append((source, translation))
    assert different == []


def test_french_is_spaced_as_french_is(catalog):
    """No break before a colon, a question mark or a percent sign, nor inside quotation marks."""
    wrong = re.compile(r"« | »|[a-zé)] [:;?!»](?!\w)|\d %")
    texts = [form for message in catalog if message.id for form in forms(message.string)]
    assert [text for text in texts if wrong.search(text)] == []


def test_no_message_stands_in_an_f_string():
    """There it would not be found on Python 3.11."""
    inside = [
        (path.name, node.lineno)
        for folder in ("rakuten_core", "pages")
        for path in (ROOT / folder).rglob("*.py")
        for string in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(string, ast.JoinedStr)
        for node in ast.walk(string)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in KEYWORDS
    ]
    assert inside == []


def test_numbers_are_written_as_each_language_does():
    assert (number(84916), percent(0.8274), decimal(0.8516, 3)) == ("84,916", "82.7%", "0.852")
    assert (signed(0.012, 3), signed(-0.5, 1), percent(0.95, 0)) == ("+0.012", "-0.5", "95%")
    with speaking("fr"):
        assert number(84916) == f"84{NARROW}916"
        assert percent(0.8274) == f"82,7{SPACE}%"
        assert (decimal(0.8516, 3), signed(0.012, 3)) == ("0,852", "+0,012")


def test_dates_and_lists_are_written_as_each_language_does():
    assert day("2026-11-25") == "Nov 25, 2026"
    assert (language_name("de"), listing(["a", "b"])) == ("German", "a and b")
    with speaking("fr"):
        assert day("2026-11-25") == "25 nov. 2026"
        assert (language_name("de"), listing(["a", "b"])) == ("allemand", "a et b")


def test_messages_and_labels_follow_the_language():
    assert _("Product type") == "Product type"
    assert ngettext("{count} product.", "{count} products, the surest answer first.", 1) == (
        "{count} product."
    )
    with speaking("fr"):
        assert _("Product type") == "Type de produit"
        assert product_type(2583).label == product_type(2583).french
        assert Domain.BOOKS.label == "Livres"
    assert language() == "en"
    assert Domain.BOOKS.label == "Books"


def test_a_language_belongs_to_its_context():
    with ThreadPoolExecutor(1) as pool, speaking("fr"):
        assert pool.submit(language).result() == "en"
        assert language() == "fr"


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="Received: 'xx'"):
        set_language("xx")
    assert language() == "en"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (("fr",), "fr"),
        (("fr-CA",), "fr"),
        (("fr_FR",), "fr"),
        (("de", "fr"), "fr"),
        (("de",), "en"),
        ((None, "en-GB"), "en"),
        ((), "en"),
    ],
)
def test_the_first_language_that_is_spoken_is_chosen(wanted, expected):
    assert negotiated(*wanted) == expected


@pytest.mark.parametrize(
    ("locale", "expected"), [("fr_FR.UTF-8", "fr"), ("C", "en"), ("de_DE.UTF-8", "en")]
)
def test_the_command_line_follows_the_system(locale, expected, monkeypatch):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", locale)
    assert system_language() == expected
