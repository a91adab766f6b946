"""The catalogue manager's whole chain in a real Chromium."""

import csv
import re
import zipfile

import pytest
from playwright.sync_api import expect

from rakuten_core.__main__ import main
from rakuten_core.data.sample import write_sample

AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A generated catalogue of 216 products, and its photos as a ZIP file."""
    folder = tmp_path_factory.mktemp("desk")
    write_sample(folder / "sample", per_type=8, image_size=64)
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        for photo in (folder / "sample/images/image_train").iterdir():
            archive.write(photo, f"image_train/{photo.name}")
    return folder


def new_page(browser):
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page.set_default_timeout(60_000)
    return page


def test_upload_close_come_back_review_by_keys_export_and_train(browser, address, sample):
    page = new_page(browser)
    page.goto(f"{address}/catalogue")
    table = sample / "sample" / "X_train_update.csv"
    page.locator("input[type=file]").first.set_input_files(table)
    expect(page.get_by_text("216 products, read as utf-8, separated by commas")).to_be_visible()
    page.locator("input[type=file]").nth(1).set_input_files(sample / "photos.zip")
    expect(page.get_by_text("Photos from photos.zip")).to_be_visible()
    page.get_by_role("button", name="Classify 216 products").click()
    page.wait_for_url("**job=*")
    job = page.url
    page.close()

    page = new_page(browser)
    page.goto(job)
    expect(page.get_by_role("button", name="Download all")).to_be_visible(timeout=120_000)
    page.get_by_text("CSV", exact=True).click()
    expect(page.get_by_role("button", name="Download all as CSV")).to_be_visible()
    page.wait_for_selector(AT_REST)
    with page.expect_download() as result:
        page.get_by_role("button", name="Download all as CSV").click()
    with result.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with table.open(encoding="utf-8", newline="") as file:
        given = list(csv.DictReader(file))
    assert [row["productid"] for row in rows] == [row["productid"] for row in given]
    assert all(row["prdtypecode"] or "no title" in row["error"] for row in rows)
    assert {row["used"] for row in rows} >= {"both", "text", "image"}

    page.get_by_role("button", name="Review what needs a look").click()
    name = page.get_by_role("textbox", name="Your name")
    name.fill("Ana")
    name.press("Enter")
    expect(page.get_by_text(re.compile(r"^0 of \d+ decided"))).to_be_visible()
    # Keys are for the page, not for the field with the name.
    page.get_by_role("heading", name="Review").click()
    for decided, key in enumerate("a2a1u3aa5a2", 1):
        page.keyboard.press(key)
        done = decided if decided < 5 else decided - 2
        expect(page.get_by_text(re.compile(rf"^{done} of \d+ decided"))).to_be_visible()
        # The next product's keys are there when the page is at rest.
        page.wait_for_selector(AT_REST)
    page.keyboard.press("a")
    expect(page.get_by_text(re.compile(r"^10 of \d+ decided"))).to_be_visible()
    page.wait_for_selector(AT_REST)
    with page.expect_download() as decisions:
        page.get_by_role("button", name="Download the decisions").click()
    corrections = sample / "corrections.csv"
    decisions.value.save_as(corrections)
    page.close()
    with corrections.open(encoding="utf-8", newline="") as file:
        decided = list(csv.DictReader(file))
    assert len(decided) == 10 and {row["reviewer"] for row in decided} == {"Ana"}
    assert {row["productid"] for row in decided} <= {row["productid"] for row in given}


def test_the_models_learn_from_the_decisions(sample, capsys):
    corrections = sample / "corrections.csv"
    if not corrections.is_file():
        pytest.skip("the decisions come from the test before")
    data, work = str(sample / "sample"), str(sample / "work")
    common = ["--data", data, "--work", work, "--models", "text_linear"]
    before, after = str(sample / "before"), str(sample / "after")
    assert main(["train", *common, "--assets", before]) == 0
    assert main(["train", *common, "--assets", after, "--corrections", str(corrections)]) == 0
    assert "Decisions: " in capsys.readouterr().out
    compared = ["evaluate", "--models", "text_linear", "--assets", after, "--against", before]
    assert main([*compared, "--data", data, "--corrections", str(corrections)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"text_linear: weighted F1 0\.\d+ before, 0\.\d+ now, difference", said)


@pytest.mark.parametrize(
    ("content", "says"),
    [("", "its first row must name the columns"), ("Lampe,12\n", "looks like a product")],
)
def test_broken_files_are_refused_in_the_page(browser, address, tmp_path, content, says):
    page = new_page(browser)
    (tmp_path / "mine.csv").write_text(content)
    page.goto(f"{address}/catalogue")
    page.locator("input[type=file]").first.set_input_files(tmp_path / "mine.csv")
    expect(page.get_by_text(says)).to_be_visible()
    page.close()


def test_an_address_that_nobody_has_is_refused_and_a_catalogue_can_be_deleted(browser, address):
    page = new_page(browser)
    page.goto(f"{address}/catalogue?job=nobody-knows")
    expect(page.get_by_text("There is no catalogue at this address")).to_be_visible()
    page.get_by_role("button", name="Try it with a sample").click()
    page.wait_for_url("**job=*")
    job = page.url
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("button", name="Try it with a sample")).to_be_visible()
    page.goto(job)
    expect(page.get_by_text("There is no catalogue at this address")).to_be_visible()
    page.close()


def test_a_large_file_of_photos_arrives(browser, address, tmp_path):
    """A photo alone may have 20 MB; those of a catalogue together have more."""
    with zipfile.ZipFile(tmp_path / "large.zip", "w") as archive:
        for number in range(5):
            archive.writestr(f"{number}.jpg", bytes(5_000_000))
    (tmp_path / "mine.csv").write_text("titre\nLampe\n")
    page = new_page(browser)
    page.goto(f"{address}/catalogue")
    page.locator("input[type=file]").first.set_input_files(tmp_path / "mine.csv")
    expect(page.get_by_text("1 product, read as utf-8")).to_be_visible()
    page.locator("input[type=file]").nth(1).set_input_files(tmp_path / "large.zip")
    expect(page.get_by_text("Photos from large.zip")).to_be_visible(timeout=60_000)
    page.close()
