"""Whatever stands in an address, its page is drawn."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.pages.app import PAGES, ROOT, TIMEOUT

SOURCES = {path: path.read_text(encoding="utf-8") for path in (ROOT / "pages").rglob("*.py")}
PARAMETERS = sorted(
    {
        name
        for source in SOURCES.values()
        if 'bind="query-params"' in source
        for name in re.findall(r'key="([\w-]+)"', source)
    }
    | {"lang", "job", "queue", "view", "order", "domain", "type", "model", "against", "subset"}
)
HOSTILE = st.sampled_from(
    [
        *("", " ", "1e999", "-1e999", "nan", "inf", "-1", "0", "99999999999999999999999", "None"),
        *("x", "\0", "true", "[]", "../../etc", "<b>", "é" * 300, "1180", "10", "Precision"),
    ]
)


@pytest.mark.parametrize("name", PAGES)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.dictionaries(st.sampled_from(PARAMETERS), HOSTILE, min_size=8, max_size=30))
def test_any_value_of_any_parameter_draws_the_page(name, values):
    app = AppTest.from_file(str(ROOT / "pages/router.py"), default_timeout=TIMEOUT)
    app.run()
    if name != "home.py":
        app.switch_page(name)
    for parameter, value in values.items():
        app.query_params[parameter] = value
    app.run()
    assert not app.exception, values
    assert app.title[0].value


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("models/compare/page.py", "view", ""),
        ("data/map/page.py", "map-view", ""),
        ("catalogue/automation/page.py", "seconds", "1e999"),
        ("data/types.py", "order", ""),
    ],
)
def test_what_once_drew_an_error_draws_the_default(name, parameter, value):
    app = AppTest.from_file(str(ROOT / "pages/router.py"), default_timeout=TIMEOUT)
    app.run()
    app.switch_page(name)
    app.query_params[parameter] = value
    app.run()
    assert not app.exception and not app.error
    assert parameter not in app.query_params
