import re
import tomllib
from pathlib import Path

import pytest

from rakuten_core.errors import CatalogError
from rakuten_core.taxonomy import CODES, PRODUCT_TYPES, Domain, product_type, types_by_domain

ROOT = Path(__file__).parent.parent


def test_the_27_types_in_ascending_order_of_code():
    assert len(PRODUCT_TYPES) == 27
    assert list(CODES) == sorted(set(CODES))
    assert CODES[0] == 10 and CODES[-1] == 2905


def test_labels_are_filled_and_distinct():
    for attribute in ("study_label", "french", "english"):
        labels = [getattr(each, attribute) for each in PRODUCT_TYPES]
        assert all(labels) and len(set(labels)) == 27


@pytest.mark.parametrize(
    ("code", "study_label", "domain"),
    [
        (10, "Livre d'occasion", Domain.BOOKS),
        (1301, "Chaussette", Domain.BAZAAR),
        (2522, "Bureautique", Domain.BOOKS),
        (2583, "Aquatique", Domain.EQUIPMENT),
    ],
)
def test_types_are_those_of_the_study(code, study_label, domain):
    found = product_type(code)
    assert (found.study_label, found.domain) == (study_label, domain)


def test_an_unknown_code_is_refused_with_the_known_ones():
    with pytest.raises(CatalogError, match=r"Received: 11\b.*2905"):
        product_type(11)
    with pytest.raises(CatalogError):
        product_type("book")


def test_types_by_domain_keeps_domains_together_in_their_order():
    domains = [each.domain for each in types_by_domain()]
    assert list(dict.fromkeys(domains)) == list(Domain)
    assert len(domains) == 27


def test_the_theme_has_the_domains_colours():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    assert theme["chartCategoricalColors"] == [domain.color for domain in Domain]
    assert all(re.fullmatch("#[0-9A-F]{6}", domain.color) for domain in Domain)
