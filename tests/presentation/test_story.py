"""The talk: its figures, its page on the stage, and its files."""

import io
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from rakuten_core.assets import Assets
from rakuten_core.errors import StoryError
from rakuten_core.language import decimal, speaking
from rakuten_core.presentation.story import Slide, slides, to_html, to_pdf, to_powerpoint
from rakuten_core.registry import ANSWERING
from tests.browser import CHROMIUM

ORDER = [
    *("opening", "target", "lengths", "languages", "missing", "words", "white", "variance"),
    *("steps", "generator", "scores", "scheme", "confusions", "modalities", "difficulties"),
    *("perspectives", "automation", "conclusion", "quotation"),
]
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found")
# What stands outside its box, under another text, or beyond the slide.
MISPLACED = """() => {
  const slide = document.querySelector(".slide.current"), found = [];
  const outer = slide.getBoundingClientRect();
  const seen = (rect) => rect.width > 0 && rect.height > 0;
  const texts = [...slide.querySelectorAll("h1, h2, header p, dt, dd, footer span, svg text")]
    .map((node) => [node.textContent.trim(), node.getBoundingClientRect()])
    .filter(([text, rect]) => text && seen(rect));
  for (const [text, rect] of texts)
    if (rect.left < outer.left || rect.right > outer.right + 1 || rect.top < outer.top
        || rect.bottom > outer.bottom + 1) found.push("beyond the slide: " + text);
  for (const [index, [text, a]] of texts.entries())
    for (const [other, b] of texts.slice(index + 1)) {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 2 && high > 0.25 * Math.min(a.height, b.height))
        found.push(text + " lies on " + other);
    }
  return found;
}"""


def test_the_story_is_told_in_the_order_of_the_study(story):
    assert [slide.key for slide in story] == ORDER
    assert all(slide.figure is not None or slide.points for slide in story)
    assert all(slide.notes and slide.words for slide in story)


def test_the_talk_closes_with_the_studys_quotation_and_its_source():
    with speaking("fr"):
        last = slides(Assets())[-1]
    assert last.headline.startswith("«\u00a0Nous continuons de croire que le monde numérique")
    assert last.words == "«\u00a0Oubliez la peur. Adoptez l'optimisme.\u00a0»"
    assert last.points[0].what == "Hiroshi Mikitani"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_story_tells_the_shipped_figures(language):
    measures = Assets().model(ANSWERING).metrics["with_both"]
    with speaking(language):
        told = [point.what for point in slides(Assets())[0].points]
        assert decimal(measures["weighted_f1"], 3) in told


def test_the_page_needs_nothing_else(story):
    page = to_html(story)
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    for slide in story:
        assert slide.headline.replace("'", "&#39;") in page


@pytest.fixture(scope="module")
def deck(story, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("deck") / "deck.html"
    path.write_text(to_html(story), encoding="utf-8")
    return path.as_uri()


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080)], ids=str)
def test_everything_is_visible_without_scrolling(deck, browser, size):
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(deck)
    misplaced = {}
    for key in ORDER:
        page.wait_for_selector(f"#{key}.current")
        if page.locator(f"#{key} .figure").count():
            page.wait_for_selector(f"#{key} svg")
        if found := page.evaluate(MISPLACED):
            misplaced[key] = found
        page.keyboard.press("ArrowRight")
    scrolls = page.evaluate("document.documentElement.scrollHeight > innerHeight")
    page.close()
    assert misplaced == {}
    assert not scrolls


@pytest.mark.browser
def test_keys_move_through_the_talk(deck, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{deck}#scores")

    def shown() -> str:
        return page.locator(".slide.current").get_attribute("id")

    assert shown() == "scores"
    for key, expected in (
        ("ArrowRight", "scheme"),
        ("ArrowLeft", "scores"),
        (" ", "scheme"),
        ("End", "quotation"),
        ("ArrowRight", "quotation"),
        ("Home", "opening"),
    ):
        page.keyboard.press(key)
        assert shown() == expected
        assert page.evaluate("location.hash") == f"#{expected}"
    page.keyboard.press("s")
    assert page.locator("#notes").is_visible()
    page.keyboard.press("o")
    assert page.locator(".frame").count() == len(ORDER)
    page.keyboard.press("Escape")
    assert page.locator(".frame").count() == 0
    page.close()


@pytest.mark.browser
def test_a_phone_scrolls_through_the_talk(deck, browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(deck)
    assert page.locator("#quotation h2").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.documentElement.scrollHeight") > 5 * 844
    page.close()


def test_files_without_a_browser_say_what_to_install(story, monkeypatch):
    from choreographer.browsers import Chromium

    monkeypatch.setattr(Chromium, "find_browser", lambda **_: None)
    for export in (to_powerpoint, to_pdf):
        with pytest.raises(StoryError):
            export(story[:2])


@pytest.fixture(scope="module")
def french() -> list[Slide]:
    """The talk in the language with the longer texts: what holds them holds the others."""
    with speaking("fr"):
        return slides(Assets())


@pytest.fixture(scope="module")
def powerpoint(french) -> bytes:
    done = []
    made = to_powerpoint(french, lambda *progress: done.append(progress))
    assert done[-1] == (len(french), len(french))
    return made


@needs_chromium
def test_powerpoint_has_native_text_notes_and_sharp_pictures(french, powerpoint):
    from pptx import Presentation

    pages = Presentation(io.BytesIO(powerpoint)).slides
    assert len(pages) == len(french)
    for page, slide in zip(pages, french, strict=True):
        texts = [shape.text_frame.text for shape in page.shapes if shape.has_text_frame]
        assert slide.headline in texts and slide.words in texts
        assert page.notes_slide.notes_text_frame.text == slide.notes
        for shape in page.shapes:
            assert shape.left >= 0 and shape.top >= 0
            if shape.shape_type == 13:
                # 914,400 units to the inch, 96 pixels of the stage to the inch.
                assert shape.image.size[0] >= 2 * 96 * shape.width / 914_400 * 0.99


def rendered(folder, name: str) -> list[np.ndarray]:
    """Return the pages of a PDF file as levels of grey."""
    subprocess.run(["pdftoppm", "-r", "40", "-gray", name, "page"], cwd=folder, check=True)
    return [np.asarray(Image.open(path)) for path in sorted(folder.glob("page*.pgm"))]


def assert_whole(pages: list[np.ndarray], count: int) -> None:
    """Each page shows something, and nothing of it touches the page's edge."""
    assert len(pages) == count
    for page in pages:
        assert (page < 128).any()
        for edge in (page[:4], page[-4:], page[:, :8], page[:, -8:]):
            assert edge.min() > 200


@needs_chromium
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
def test_the_pdf_has_one_whole_slide_per_page(french, tmp_path):
    (tmp_path / "talk.pdf").write_bytes(to_pdf(french))
    assert_whole(rendered(tmp_path, "talk.pdf"), len(french))


@needs_chromium
@pytest.mark.skipif(
    shutil.which("pdftoppm") is None or shutil.which("soffice") is None,
    reason="pdftoppm and LibreOffice are not installed",
)
def test_powerpoint_shows_whole_slides(french, powerpoint, tmp_path):
    (tmp_path / "talk.pptx").write_bytes(powerpoint)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "talk.pptx"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert_whole(rendered(tmp_path, "talk.pdf"), len(french))
