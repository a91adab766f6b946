"""Whether the reasons matter: measured on test products, and written for the page."""

from rakuten_core.reports.explanation_facts import deletion_facts
from rakuten_core.training.deletions import measure_deletions


def test_words_and_photos_are_taken_away_and_what_it_did_is_kept(context):
    assert deletion_facts(context.assets) is None
    found = measure_deletions(context.catalog, context.assets, products=5, fewest_words=4)
    assert deletion_facts(context.assets) == found
    for part in ("words", "photo"):
        measured = found[part]
        assert 1 <= measured["products"] <= 5
        assert 0 <= measured["costs_more"] <= 1
    assert measure_deletions(context.catalog, context.assets, products=5, fewest_words=4) == found
