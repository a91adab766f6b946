"""The app in a real Chromium: a person uploads a photo, reads the answer, clicks an example."""

import re
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import expect

from rakuten_core.assets import DEFAULT_ROOT
from rakuten_core.taxonomy import label_of, product_type
from tests.browser import serving

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(30_000)
    yield page
    page.close()


def test_upload_a_photo_read_the_answer_click_an_example(page, address):
    from playwright.sync_api import expect

    page.goto(f"{address}/classify")
    expect(page.get_by_role("heading", name="Classify a product")).to_be_visible()
    page.set_input_files("input[type=file]", DEFAULT_ROOT / "examples" / "pool.png")
    expect(page.get_by_text("Went by the photo, in")).to_be_visible()

    title = page.get_by_label("Title", exact=True)
    title.fill("Piscine hors sol avec pompe de filtration")
    title.press("Enter")
    expect(page.get_by_text("Went by the text, in")).to_be_visible()
    expect(page.get_by_text("Not needed: the text was sure enough.")).to_be_visible()
    expect(page.get_by_role("heading", name="Pools and spas")).to_be_visible()

    page.get_by_text("Board game", exact=True).click()
    expect(page.get_by_role("heading", name="Board and educational games")).to_be_visible()
    expect(page.get_by_text("Went by the text, in")).to_be_visible()


def test_a_file_that_is_not_a_picture_is_refused_in_words(page, address, tmp_path):
    from playwright.sync_api import expect

    path = tmp_path / "photo.jpg"
    path.write_text("not a picture")
    page.goto(f"{address}/classify")
    page.set_input_files("input[type=file]", path)
    expect(page.get_by_text("The file is not a picture of an accepted kind")).to_be_visible()


def test_home_leads_to_the_classifier_and_fits_a_phone(browser, address):
    from playwright.sync_api import expect

    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(address)
    page.get_by_role("button", name="Classify a product").click()
    expect(page.get_by_role("heading", name="Classify a product")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_a_link_fills_the_form(page, address):
    from playwright.sync_api import expect

    page.goto(f"{address}/classify?title=Harnais+pour+chien")
    expect(page.get_by_label("Title", exact=True)).to_have_value("Harnais pour chien")
    expect(page.get_by_role("heading", name=product_type(2220).english)).to_be_visible()


def test_models_are_filtered_and_compared(page, address):
    from playwright.sync_api import expect

    page.goto(f"{address}/compare")
    expect(page.get_by_role("heading", name="Compare models")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.get_by_text("Two models", exact=True).first.click()
    expect(page.get_by_text("Weighted F1 of")).to_be_visible()
    expect(page).to_have_url(re.compile("view=Two"))


def test_a_link_shows_what_was_on_the_screen(page, address):
    from playwright.sync_api import expect

    page.goto(f"{address}/errors?view=One+product+type&type={quote_plus(label_of(2583))}")
    expect(page.get_by_text("Domain: Equipment.")).to_be_visible()
    page.get_by_text("Confusion matrix", exact=True).first.click()
    expect(page.get_by_text("Strongest confusions")).to_be_visible()
    expect(page.get_by_text("the surest answer first.")).to_be_visible()


def test_the_first_link_into_a_fresh_server_passes_the_router(browser):
    """A folder named `pages/` would be served around the router until it ran once."""
    from playwright.sync_api import expect

    for path, heading in (("compare", "Compare models"), ("types", "Product types")):
        with serving() as address:
            page = browser.new_page()
            page.goto(f"{address}/{path}")
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
            expect(page.get_by_role("link", name="Where it errs")).to_be_visible()
            assert page.get_by_text("Page not found").count() == 0
            page.close()


def test_the_language_is_that_of_the_browser_and_can_be_switched(browser, address):
    from playwright.sync_api import expect

    page = browser.new_page(locale="fr-FR", viewport={"width": 1440, "height": 900})
    page.set_default_timeout(30_000)
    page.goto(f"{address}/classify")
    expect(page.get_by_role("heading", name="Classer un produit")).to_be_visible()
    expect(page.get_by_role("link", name="Où il se trompe")).to_be_visible()
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", name="Classify a product")).to_be_visible()
    expect(page).to_have_url(re.compile("lang=en"))
    page.reload()
    expect(page.get_by_role("heading", name="Classify a product")).to_be_visible()
    page.close()


def test_the_stage_fills_the_screen_and_escape_leads_back(page, address):
    from playwright.sync_api import expect

    page.goto(f"{address}/story?lang=fr")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Présenter").click()
    page = opened.value
    expect(page.get_by_role("heading", name="Dans quel rayon")).to_be_visible()
    assert page.locator("[data-testid=stSidebar]").count() == 0
    page.keyboard.press("End")
    expect(page.locator("#quotation.current")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("/story"))
    expect(page.get_by_role("heading", name="Présentation", exact=True)).to_be_visible()


def test_a_keyboard_is_enough_to_classify(page, address):
    from playwright.sync_api import expect

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        pytest.fail(f"the Tab key does not reach {selector}")

    page.goto(f"{address}/classify?lang=en")
    expect(page.get_by_role("heading", name="Classify a product")).to_be_visible()
    tab_to("input[aria-label=Title]")
    page.keyboard.type("Harnais pour chien")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=product_type(2220).english)).to_be_visible()
    before = page.get_by_role("slider").get_attribute("aria-valuenow")
    tab_to("[role=slider], input[type=range]")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("slider")).not_to_have_attribute("aria-valuenow", before)


def test_an_answer_comes_while_one_writes_in_the_language_of_the_page(page, address):
    page.goto(f"{address}/classify?lang=fr")
    title = page.get_by_label("Titre")
    title.wait_for()
    # No Enter and no other field: a pause is enough, and what follows it stays in the field.
    title.press_sequentially("Piscine hors sol", delay=30)
    expect(page.get_by_text("Type de produit")).to_be_visible()
    expect(page.get_by_text("Piscines et spas").first).to_be_visible()
    title.press_sequentially(" ronde", delay=30)
    expect(title).to_have_value("Piscine hors sol ronde")
    expect(title).to_be_focused()
    expect(page).to_have_url(re.compile("title=Piscine\\+hors\\+sol\\+ronde"))
