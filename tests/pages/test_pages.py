"""The pages, run without a browser; they show what is shipped in `assets/`."""

import json
import shutil
import subprocess

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rakuten_core.assets import DEFAULT_ROOT, Assets
from rakuten_core.errors import AssetError
from rakuten_core.inference import shared_classifier
from rakuten_core.language import decimal, number, percent, speaking
from rakuten_core.registry import ANSWERING, REGISTRY, best, shipped
from rakuten_core.reports.confusion import products_of_cell
from rakuten_core.reports.examples import example, examples
from rakuten_core.reports.staleness import stale_reason
from rakuten_core.taxonomy import Domain, product_type
from tests.pages.app import PAGES, ROOT, TIMEOUT, VIEWS, error_of, open_page, words_of


@pytest.mark.parametrize("name", PAGES)
def test_every_page_runs(name):
    app = open_page(name)
    assert app.title[0].value
    assert not app.error


def test_every_page_is_in_the_navigation():
    """A file that shows a title is a page; views and what pages share show none."""
    titled = {
        path.relative_to(ROOT / "pages").as_posix()
        for path in (ROOT / "pages").rglob("*.py")
        if "st.title(" in path.read_text(encoding="utf-8")
    }
    assert titled == set(PAGES)


def test_home_shows_the_measured_figures():
    metrics = Assets().model(ANSWERING).metrics
    shown = [metric.value for metric in open_page("home.py").metric]
    assert shown[0] == f"{metrics['with_both']['weighted_f1']:.3f}"
    assert shown[1] == f"{100 * metrics['with_both']['top3_accuracy']:.1f}%"
    assert f"{metrics['with_both']['rows']:,} test products" in words_of(open_page("home.py"))


def test_home_writes_the_same_figures_as_the_french_do():
    both = Assets().model(ANSWERING).metrics["with_both"]
    app = open_page("home.py", language="fr")
    with speaking("fr"):
        expected = [decimal(both["weighted_f1"], 3), percent(both["top3_accuracy"])]
        assert number(both["rows"]) in words_of(app)
    assert [metric.value for metric in app.metric][:2] == expected
    assert app.title[0].value == "Dans quel rayon va ce produit\xa0?"


def test_an_empty_form_says_what_to_do():
    app = open_page("classify/page.py")
    assert "pick an example" in app.info[0].value
    assert not app.metric


def test_a_title_is_classified_and_editing_it_classifies_again():
    app = open_page("classify/page.py")
    app.text_input(key="title").set_value("Pompe de filtration pour piscine hors sol").run()
    assert "**2583**" in words_of(app)
    assert app.subheader[0].value == "Pools and spas"
    assert "Went by the text" in words_of(app)
    app.text_input(key="title").set_value("Jeu de société coopératif pour la famille").run()
    assert app.subheader[0].value == product_type(1281).english


def test_a_link_carries_the_text():
    app = AppTest.from_file(str(ROOT / "pages/classify/page.py"), default_timeout=TIMEOUT)
    app.query_params["title"] = "Harnais pour chien"
    app.run()
    assert not app.exception
    assert app.text_input(key="title").value == "Harnais pour chien"
    assert app.subheader[0].value == product_type(2220).english


def test_the_threshold_decides_whether_to_check():
    app = open_page("classify/page.py")
    app.text_input(key="title").set_value("Roman policier").run()
    app.slider(key="threshold").set_value(0).run()
    assert app.success and not app.warning
    app.slider(key="threshold").set_value(100).run()
    assert app.warning[0].value == "Not sure: have it checked."


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.key)
def test_every_example_is_answered(example):
    app = open_page("classify/page.py")
    app.pills(key="example").set_value(example.key).run()
    assert not app.exception and not app.error
    assert app.text_input(key="title").value == example.title
    assert len(app.metric) == 1
    answer = shared_classifier().classify(example.title, example.description, example.picture)
    inputs = {"text": "the text", "image": "the photo", "both": "the text and the photo"}
    assert f"Went by {inputs[answer.used]}, in " in words_of(app)
    assert answer.used != "text" or example.title
    # A photo that was not needed is shown to be so.
    unused = example.picture is not None and answer.used == "text"
    assert ("Not needed: the text was sure enough." in words_of(app)) == unused


def test_words_that_nobody_knows_are_said_to_be_a_guess():
    app = open_page("classify/page.py")
    app.text_input(key="title").set_value("zzqxwv kkqjjx").run()
    assert any("No word of this text is known" in warning.value for warning in app.warning)
    app.text_input(key="title").set_value("zzqxwv piscine").run()
    assert not any("No word" in warning.value for warning in app.warning)


def test_text_is_shown_as_it_is():
    """Markup of the user's own is neither run nor rendered: its marks are escaped."""
    app = open_page("classify/page.py")
    app.text_input(key="title").set_value("**livre** $x$ <b>roman</b> [a](http://b)").run()
    shown = next(text.value for text in app.markdown if "Title" in text.value)
    assert "livre" in shown and "roman" in shown
    assert "<b>" not in shown and "$x$" not in shown and "](http" not in shown
    assert shown.count("**") == shown.count("[**") * 2


def test_the_form_is_kept_while_looking_elsewhere():
    app = open_page("classify/page.py")
    # A hard one: its text alone does not decide.
    example = next(each for each in examples() if each.hard and each.picture)
    app.pills(key="example").set_value(example.key).run()
    before = app.metric[0].value
    app.switch_page("home.py").run()
    app.switch_page("classify/page.py").run()
    assert app.text_input(key="title").value == example.title
    assert app.text_area(key="description").value == example.description
    assert "Went by the text and the photo" in words_of(app)
    assert app.metric[0].value == before


def test_an_uploaded_photo_is_kept_while_looking_elsewhere():
    app = open_page("classify/page.py")
    picture = (DEFAULT_ROOT / "examples" / "pool.png").read_bytes()
    app.file_uploader[0].upload("pool.png", picture, "image/png").run()
    app.switch_page("home.py").run()
    app.switch_page("classify/page.py").run()
    assert "Went by the photo" in words_of(app)


def test_moving_the_threshold_computes_nothing_again(monkeypatch):
    app = open_page("classify/page.py")
    app.pills(key="example").set_value(examples()[0].key).run()
    calls = []
    for module in ("rakuten_core.inference.classifier.Classifier", "pages.classify.answer"):
        name = "classify_and_explain" if module.endswith("Classifier") else "decode_image"
        monkeypatch.setattr(f"{module}.{name}", lambda *_, **__: calls.append(1))
    app.slider(key="threshold").set_value(100).run()
    assert app.warning and not app.exception and calls == []


@pytest.mark.parametrize("page", ["models/compare/page.py", "models/errors/page.py"])
def test_a_damaged_table_is_named_on_the_page(page, monkeypatch, tmp_path):
    shutil.copytree(DEFAULT_ROOT, tmp_path / "assets")
    damaged = tmp_path / "assets" / "models" / ANSWERING / "test_probabilities.parquet"
    damaged.write_bytes(damaged.read_bytes()[:5000] + b"?" * 5000)
    monkeypatch.setattr("rakuten_core.assets.DEFAULT_ROOT", tmp_path / "assets")
    st.cache_data.clear()
    app = open_page(page)
    if page.startswith("models/compare"):
        app.segmented_control(key="view").set_value("What helped").run()
    assert not app.exception
    assert f"{damaged} cannot be used" in error_of(app)
    assert "Restore it from the repository" in error_of(app)
    st.cache_data.clear()


@pytest.mark.parametrize("page", ["models/errors/page.py", "models/labels.py"])
def test_a_wrong_data_folder_is_named_and_the_page_goes_on(page, monkeypatch, tmp_path):
    monkeypatch.setenv("RAKUTEN_DATA", str(tmp_path))
    app = open_page(page)
    assert "X_train_update.csv is missing" in error_of(app)
    assert len(app.dataframe) >= 1


def test_what_is_stale_is_said_to_be():
    stale = [model.name for model in Assets().models() if stale_reason(Assets(), model.name)]
    app = open_page("models/compare/page.py")
    app.segmented_control(key="view").set_value("All models").run()
    assert app.dataframe[1].value["stale"].notna().sum() == len(stale)
    assert bool(app.warning) == bool(stale)
    app.segmented_control(key="view").set_value("Model cards").run()
    assert ("**Stale**" in words_of(app)) == (ANSWERING in stale)


def test_clear_all_empties_the_form():
    app = open_page("classify/page.py")
    app.pills(key="example").set_value(examples()[0].key).run()
    app.button[0].click().run()
    assert app.text_input(key="title").value == ""
    assert app.info


def test_a_photo_alone_and_a_broken_one():
    app = open_page("classify/page.py")
    picture = (DEFAULT_ROOT / "examples" / "pool.png").read_bytes()
    app.file_uploader[0].upload("pool.png", picture, "image/png").run()
    assert "Went by the photo" in words_of(app)
    app = open_page("classify/page.py")
    app.file_uploader[0].upload("pool.png", picture[:2000], "image/png").run()
    assert "damaged" in error_of(app)
    assert not app.exception


def test_the_examples_are_many_and_from_every_domain():
    found = examples()
    assert len(found) >= 12
    assert sum(example.picture is not None for example in found) >= 5
    app = open_page("classify/page.py")
    seen = set()
    for each in found:
        app.pills(key="example").set_value(each.key).run()
        seen |= {domain for domain in Domain if domain.label in words_of(app)}
    assert seen == set(Domain)


def test_assets_stay_small():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "assets"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    sizes = {path: path.stat().st_size for path in files}
    vectors = sum(size for path, size in sizes.items() if path.parent.name == "vectors")
    assert max(sizes.values()) < 25 * 2**20
    assert vectors < 18 * 2**20
    assert sum(sizes.values()) - vectors < 110 * 2**20


def test_shipped_models_are_what_their_manifests_say():
    models = Assets().models()
    assert set(best().values()) <= {model.name for model in models}
    for model in models:
        model.verify_files(weights=model.name in shipped())
        table = model.test_probabilities()
        assert model.metrics["all"]["rows"] == len(table)
        assert json.dumps(model.metrics)


@pytest.mark.parametrize(("page", "view"), VIEWS)
def test_every_view_runs(page, view):
    app = open_page(page)
    app.segmented_control(key="view").set_value(view).run()
    assert not app.exception and not app.error


def test_the_table_of_models_is_filtered():
    app = open_page("models/compare/page.py")
    assert len(app.dataframe[0].value) < 10
    app.segmented_control(key="view").set_value("All models").run()
    assert len(app.dataframe[0].value) == len(REGISTRY)
    app.segmented_control(key="reads").set_value(["fusion"]).run()
    assert set(app.dataframe[0].value["reads"]) == {"fusion"}


def test_two_models_are_compared_in_words():
    app = open_page("models/compare/page.py")
    app.segmented_control(key="view").set_value("Two models").run()
    app.selectbox(key="first").set_value("logistic_regression").run()
    app.selectbox(key="second").set_value("text_linear").run()
    assert "is better on this test set (p < 0.001" in words_of(app)
    app.selectbox(key="first").set_value("text_linear").run()
    assert app.info[0].value == "Choose two different models."


def test_the_products_behind_a_cell_are_those_of_the_matrix():
    app = open_page("models/errors/page.py")
    app.selectbox(key="model").set_value("text_linear").run()
    app.selectbox(key="true").set_value(10).run()
    app.selectbox(key="answered").set_value(2403).run()
    expected = products_of_cell(Assets(), "text_linear", 10, 2403)
    assert app.dataframe[0].value["productid"].tolist() == expected["productid"].tolist()
    assert f"{len(expected):,} products" in words_of(app)
    assert "RAKUTEN_DATA" in words_of(app)


def test_the_published_matrix_has_no_products():
    app = open_page("models/errors/page.py")
    app.selectbox(key="model").set_value("published").run()
    assert "were not published" in words_of(app)
    assert not app.exception and not app.dataframe


def test_titles_show_where_the_data_is_at_hand(monkeypatch, sample_directory):
    monkeypatch.setenv("RAKUTEN_DATA", str(sample_directory))
    app = open_page("models/errors/page.py")
    assert "designation" in app.dataframe[0].value
    assert "RAKUTEN_DATA" not in words_of(app)
    monkeypatch.setenv("RAKUTEN_DATA", str(sample_directory / "none"))
    app = open_page("models/errors/page.py")
    assert "X_train_update.csv is missing" in error_of(app)


def test_product_types_are_ordered_and_counted():
    app = open_page("data/types.py")
    assert app.metric[0].value == "84,916"
    assert app.dataframe[0].value["products"].is_monotonic_decreasing
    app.segmented_control(key="order").set_value("code").run()
    assert app.dataframe[0].value["code"].is_monotonic_increasing


def test_words_of_a_domain_are_shown():
    app = open_page("data/text/page.py")
    app.segmented_control(key="view").set_value("Words").run()
    assert "Choose a domain" in app.info[0].value
    app.pills(key="domain").set_value(Domain.BOOKS).run()
    assert not app.exception and not app.info


def test_each_step_of_the_preparation_is_shown():
    app = open_page("data/preparation/page.py")
    words = words_of(app)
    assert "**10. Vectorise with a tokenizer**" in words
    assert "~~très~~" in words and "**tres**" in words
    assert app.table[0].value["Token"].tolist() == ["tabl", "tres", "jol", "dimens", "cm"]
    app.text_input(key="raw_title").set_value("Zyxwvut").run()
    app.text_area(key="raw_description").set_value("").run()
    assert app.table[0].value["Known"].tolist() == ["out of vocabulary"]
    app.text_input(key="raw_title").set_value("").run()
    assert "each step shows here" in app.info[0].value


def test_the_story_is_read_slide_by_slide():
    app = open_page("story.py")
    headlines = [header.value for header in app.subheader]
    assert headlines[0].startswith("1. ") and len(headlines) >= 15
    assert "Present" in [button.label for button in app.get("link_button")]


def test_the_gallery_shows_photos_where_the_data_is_at_hand(monkeypatch, sample_directory):
    app = open_page("data/images/page.py")
    app.segmented_control(key="view").set_value("Gallery").run()
    assert "RAKUTEN_DATA" in app.info[0].value
    monkeypatch.setenv("RAKUTEN_DATA", str(sample_directory))
    app = open_page("data/images/page.py")
    app.segmented_control(key="view").set_value("Gallery").run()
    assert not app.exception and not app.info


def test_an_example_that_is_not_there_is_named():
    assert example("Cushion cover").title
    with pytest.raises(AssetError, match="no example 'Sofa'"):
        example("Sofa")
