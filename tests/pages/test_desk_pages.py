"""The catalogue manager's pages and *What if*, run without a browser."""

import pandas as pd
import pytest
from PIL import Image

from pages.catalogue.classify.sample import sample_files
from rakuten_core.assets import Assets
from rakuten_core.bulk.job_runner import JobRunner
from rakuten_core.bulk.jobs import JobStore
from rakuten_core.data.product_columns import TableLayout
from rakuten_core.inference import shared_classifier
from rakuten_core.reports.suspicious_labels import suspicious
from tests.conftest import encode
from tests.pages.app import error_of, open_page, words_of


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The key of a finished catalogue in a store of its own, and the store's folder."""
    root = tmp_path_factory.mktemp("store")
    store = JobStore(root / "catalogues")
    key, folder = store.new_folder()
    table, photos = sample_files()
    lines = table.splitlines(keepends=True)
    (folder / "source.csv").write_bytes(b"".join(lines[:41]))
    (folder / "photos.zip").write_bytes(photos)
    made = store.create(key, "mine.csv", TableLayout(), 100)
    JobRunner(store, shared_classifier).run(made)
    assert made.state == "done"
    return key, root


def open_job(page: str, job, monkeypatch):
    key, root = job
    monkeypatch.setenv("RAKUTEN_STORE", str(root))
    app = open_page(page)
    app.query_params["job"] = key
    return app.run()


def test_the_result_counts_what_the_limit_lets_through(job, monkeypatch):
    app = open_job("catalogue/classify/page.py", job, monkeypatch)
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["Products"] == "40"
    app.slider(key="threshold").set_value(100).run()
    figures = {metric.label: metric.value for metric in app.metric}
    assert (figures["Sorted by themselves"], figures["Need a look"]) == ("0%", "40")
    app.segmented_control(key="view").set_value("Products").run()
    app.text_input(key="result-words").set_value("zzzz").run()
    assert "0 products" in words_of(app)
    app.segmented_control(key="view").set_value("Is it like the training data?").run()
    assert "It differs from the training data" in words_of(app)
    assert "Titles are much shorter" in words_of(app)
    assert not app.exception and not app.error


def test_a_reviewer_decides_undoes_and_is_asked_for_a_name(job, monkeypatch):
    app = open_job("catalogue/review/page.py", job, monkeypatch)
    assert "Enter your name" in app.info[0].value
    app.text_input(key="reviewer").set_value("Ana").run()
    app.slider(key="threshold").set_value(100).run()

    def decided() -> str:
        return next(line for line in app.get("progress") if "decided" in line.proto.text).proto.text

    assert decided().startswith("0 of 40 decided")
    next(each for each in app.button if each.label == "Accept").click().run()
    assert decided().startswith("1 of 40 decided, 0 of them corrected")
    second = [each for each in app.button if str(each.key).startswith("rank-")][1]
    second.click().run()
    assert decided().startswith("2 of 40 decided, 1 of them corrected")
    app.button(key="undo").click().run()
    assert decided().startswith("1 of 40 decided, 0 of them corrected")
    app.segmented_control(key="view").set_value("Table").run()
    assert "39 products to look at" in words_of(app)
    assert not app.exception and not app.error


def test_a_reviewer_sees_the_pictures_that_lie_in_the_table(tmp_path, monkeypatch):
    store = JobStore(tmp_path / "catalogues")
    key, folder = store.new_folder()
    picture = encode(Image.new("RGB", (40, 40), "green"))
    pd.DataFrame({"titre": ["Lampe"], "photo": [picture]}).to_parquet(folder / "source.parquet")
    JobRunner(store, shared_classifier).run(store.create(key, "mine.parquet", TableLayout(), 9))
    app = open_job("catalogue/review/page.py", (key, tmp_path), monkeypatch)
    app.text_input(key="reviewer").set_value("Ana").run()
    app.slider(key="threshold").set_value(100).run()
    assert len(app.get("image")) == 1
    assert not app.exception and not app.error


def test_review_says_where_to_start(monkeypatch, tmp_path):
    monkeypatch.setenv("RAKUTEN_STORE", str(tmp_path))
    app = open_page("catalogue/review/page.py")
    assert "Look at what the models are unsure of" in words_of(app)
    app.query_params["job"] = "nobody-knows"
    app.run()
    assert "no catalogue at this address" in error_of(app)


def test_the_suspicious_labels_are_a_queue_too(monkeypatch, tmp_path):
    monkeypatch.setenv("RAKUTEN_STORE", str(tmp_path))
    app = open_page("catalogue/review/page.py")
    app.query_params["queue"] = "labels"
    app.run()
    app.text_input(key="reviewer").set_value("Ana").run()
    assert "the file says" in words_of(app)
    assert "No title" in [text.value for text in app.text]
    assert not app.exception and not app.error

    # Once the catalogue is at hand, its texts are shown, to the same queue.
    ids = suspicious(Assets())["productid"]
    rows = pd.DataFrame({"designation": "Lampe", "description": "", "productid": ids, "imageid": 1})
    rows.to_csv(tmp_path / "X_train_update.csv")
    pd.DataFrame({"prdtypecode": [10] * len(ids)}).to_csv(tmp_path / "Y_train_CVw08PX.csv")
    monkeypatch.setenv("RAKUTEN_DATA", str(tmp_path))
    app.run()
    assert "Lampe" in [text.value for text in app.text]
    assert not app.exception and not app.error


def test_the_cheapest_limit_becomes_the_limit_of_other_pages():
    app = open_page("catalogue/automation/page.py")
    app.number_input(key="wrong").set_value(50.0).run()
    careful = next(metric.value for metric in app.metric if metric.label == "Cheapest limit")
    app.number_input(key="wrong").set_value(0.3).run()
    bold = next(metric.value for metric in app.metric if metric.label == "Cheapest limit")
    assert int(careful.rstrip("%")) > int(bold.rstrip("%"))
    next(each for each in app.button if "the limit everywhere" in each.label).click().run()
    app.switch_page("classify/page.py").run()
    app.pills(key="example").set_value("Armchair").run()
    assert app.slider(key="threshold").value == int(bold.rstrip("%"))


def test_what_if_says_what_an_edit_changes():
    app = open_page("what_if/page.py")
    app.pills(key="what-if-example").set_value("Dog harness").run()
    assert "Nothing is changed yet" in words_of(app)
    title = next(each for each in app.text_input if str(each.key).startswith("what-title"))
    title.set_value(f"{title.value} bleu").run()
    assert "It stays" in words_of(app)
    title = next(each for each in app.text_input if str(each.key).startswith("what-title"))
    title.set_value("Piscine hors sol avec pompe de filtration et liner").run()
    assert "Pools and spas" in words_of(app)
    assert not app.exception
