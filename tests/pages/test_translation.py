"""Every page in a language in which all that passed through the catalogue stands in marks."""

import json
import re
from collections.abc import Iterator

import pytest
from babel import Locale
from google.protobuf.json_format import MessageToDict

from rakuten_core.language import LANGUAGES, PSEUDO, speaking
from rakuten_core.registry import REGISTRY
from rakuten_core.reports.examples import examples
from rakuten_core.text.preparation import prepare
from tests.pages.app import PAGES, VIEWS, open_page

WORD = re.compile(r"[A-Za-zÀ-ÿ]{3,}")
MARKED = re.compile(r"\[¡(?:(?!\[¡|!\]).)*!\]", re.DOTALL)
# What is said to the machine: names of things, their looks, where they lead.
SETTINGS = {
    *("anchor", "arrowData", "color", "columnOrder", "columns", "config", "data", "elementId"),
    *("elementType", "format", "formId", "hash", "icon", "id", "page", "pageScriptHash"),
    *("queryParamKey", "queryString", "selectionMode", "theme", "type", "url", "urlPathname"),
}
FIGURE_TEXTS = {"text", "title", "name", "ticktext", "hovertemplate", "customdata"}
# Data and names: they are the same in each language.
NAMES = re.compile(
    r"Fightin. Words|Hiroshi Mikitani|EfficientNet|MobileNet|LeNet|ResNet|VGG|CLIP|AMD|EPYC|Intel"
    r"|Xeon\(R\) Processor|Xeon"
    r"|English|Français|CSV|PDF|PowerPoint|HTML|:material/\w+:|https?://\S+"
    r"|`[^`]*`|“[^”]*”|%\{[^}]*\}|</?\w[^>]*>|:\w+\[|\{[^}]*\}"
)


# Products' texts, prepared or not, and what Babel writes.
ENGLISH = Locale("en")
OF_BABEL = " ".join(
    ["and", *ENGLISH.languages.values(), *ENGLISH.months["format"]["abbreviated"].values()]
)
products = [f"{example.title} {example.description}" for example in examples()]
models = [model.name.replace("_", " ") for model in REGISTRY]
GOLDEN = "Une table très jolie! Dimensions : 60 x 33 cm"
DATA = {
    word.lower()
    for text in (GOLDEN, OF_BABEL, *products, *models)
    for form in (text, prepare(text, ""))
    for word in WORD.findall(form)
}


def left_unmarked(text: str) -> list[str]:
    """Return the words of a text that did not pass through the catalogue and are no data."""
    while MARKED.search(text):
        text = MARKED.sub(lambda marked: re.sub(r"[^`“”]", "", marked.group()), text)
    words = WORD.findall(NAMES.sub("", text))
    return [word for word in words if word.lower() not in DATA]


def texts_of(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts of an element's message, with the field that each stands in."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "spec":
                yield from figure_texts(json.loads(inner))
            elif name not in SETTINGS:
                yield from texts_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner, key)
    elif isinstance(value, str):
        yield key, value


def figure_texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts of a Plotly figure."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from figure_texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from figure_texts(inner, key)
    elif isinstance(value, str) and key in FIGURE_TEXTS:
        yield key, value


def elements_below(block: object) -> Iterator[object]:
    for child in getattr(block, "children", {}).values():
        yield child
        yield from elements_below(child)


@pytest.mark.parametrize(("page", "view"), [*((page, None) for page in PAGES), *VIEWS])
def test_no_page_shows_a_text_that_did_not_pass_through_the_catalogue(page, view, monkeypatch):
    monkeypatch.setitem(LANGUAGES, PSEUDO, "English")
    # The test's own language too: AppTest writes the choices of widgets anew outside the script.
    with speaking(PSEUDO):
        app = open_page(page, language=PSEUDO)
        if view is not None:
            app.segmented_control(key="view").set_value(view).run()
        if page.startswith("classify"):
            app.pills(key="example").set_value("Cushion cover").run()
    assert not app.exception
    found = set()
    for element in elements_below(app._tree):
        message = getattr(element, "proto", None)
        if message is not None and hasattr(message, "DESCRIPTOR"):
            for key, text in texts_of(MessageToDict(message, use_integers_for_enums=True)):
                for word in left_unmarked(text):
                    found.add((type(element).__name__, key, word, text[:80]))
    assert sorted(found) == []
