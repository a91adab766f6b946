"""The app's pages and views, opened without a browser."""

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
PAGES = re.findall(r'"([\w/]+\.py)"', (ROOT / "pages/router.py").read_text())
VIEWS = [
    ("models/compare/page.py", "The best"),
    ("models/compare/page.py", "All models"),
    ("models/compare/page.py", "By product type"),
    ("models/compare/page.py", "Two models"),
    ("models/compare/page.py", "What helped"),
    ("models/compare/page.py", "Cascade"),
    ("models/compare/page.py", "Training and trust"),
    ("models/compare/page.py", "More data"),
    ("models/compare/page.py", "Model cards"),
    ("models/compare/page.py", "As published"),
    ("models/errors/page.py", "Confusion matrix"),
    ("models/errors/page.py", "One product type"),
    ("models/errors/page.py", "Slices"),
    ("models/inside/page.py", "A photo on its way"),
    ("models/inside/page.py", "What excites a channel"),
    ("models/inside/page.py", "Words"),
    ("data/text/page.py", "Lengths"),
    ("data/text/page.py", "Missing texts"),
    ("data/text/page.py", "Languages"),
    ("data/text/page.py", "Words"),
    ("data/text/page.py", "Word clouds"),
    ("data/text/page.py", "Two types"),
    ("data/images/page.py", "White and other measures"),
    ("data/images/page.py", "Mean images"),
    ("data/images/page.py", "Variance and crop"),
    ("data/images/page.py", "Gallery"),
    ("data/preparation/page.py", "Text"),
    ("data/preparation/page.py", "Image"),
]
TIMEOUT = 60


def open_page(name: str, language: str = "en") -> AppTest:
    """Return a page as it stands when it has just been opened; it has raised nothing."""
    app = AppTest.from_file(str(ROOT / "pages/router.py"), default_timeout=TIMEOUT)
    app.query_params["lang"] = language
    app.run()
    if name != "home.py":
        app.switch_page(name).run()
    assert not app.exception
    return app


def error_of(app: AppTest) -> str:
    """Return the first error as it is read: without what keeps it from being markup."""
    return re.sub(r"\\(?=[\W_])|\u2060", "", app.error[0].value)


def words_of(app: AppTest) -> str:
    """Return what the page says, without its widgets."""
    elements = [*app.markdown, *app.caption, *app.subheader, *app.title]
    return "\n".join(str(element.value) for element in elements)
