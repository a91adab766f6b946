"""What the statistics of texts say, in sentences: for pages, the talk and the command line."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rakuten_core.assets import Assets
from rakuten_core.language import N_, _, day, language_name, number, percent
from rakuten_core.reports.text_statistics import (
    TEXT,
    counted,
    languages,
    length_quantiles,
    lengths,
    missing_descriptions,
)
from rakuten_core.taxonomy import label_of
from rakuten_core.text.original_form import TextForm

_LENGTHS = {
    ("title", "words"): N_(
        "**Half of the titles have {median} words or fewer**, one in twenty more than {high}; the "
        "longest has {most}."
    ),
    ("title", "characters"): N_(
        "**Half of the titles have {median} characters or fewer**, one in twenty more than "
        "{high}; the longest has {most}."
    ),
    ("description", "words"): N_(
        "**Half of the descriptions have {median} words or fewer**, one in twenty more than "
        "{high}; the longest has {most}."
    ),
    ("description", "characters"): N_(
        "**Half of the descriptions have {median} characters or fewer**, one in twenty more than "
        "{high}; the longest has {most}."
    ),
}


def source_sentence(assets: Assets, part: str = TEXT) -> str:
    """Return what texts were counted on, and that they are the challenge's own where they are."""
    found = counted(assets, part)
    words = (
        _(
            "From {rows} products whose text is exactly as the challenge ships it, counted on "
            "{date}."
        )
        if found.form.is_original
        else _("From {rows} products, counted on {date}. Their texts are not the challenge's own: ")
        + form_sentence(found.form)
    )
    return words.format(rows=number(found.products), date=day(found.date))


def form_sentence(form: TextForm) -> str:
    """Return in which form texts are."""
    return _(
        "{missing} lack a description (35% in the challenge), {upper} of the titles hold a "
        "capital, {accents} an accent; the longest title has {longest} words."
    ).format(
        missing=percent(form.without_description, 0),
        upper=percent(form.with_upper_case, 0),
        accents=percent(form.with_accents, 0),
        longest=number(form.longest_title),
    )


def lengths_sentence(field: str, measure: str, table: pd.DataFrame) -> str:
    """Return how long texts are.

    Args:
        field: of `text_statistics.FIELDS`.
        measure: of `text_statistics.MEASURES`.
        table: of `text_statistics.lengths`.
    """
    overall = length_quantiles(table).loc[0]
    return _(_LENGTHS[field, measure]).format(
        median=number(overall["median"]),
        high=number(overall["q95"]),
        most=number(table["value"].max()),
    )


def missing_sentence(share: pd.Series) -> str:
    """Return how many descriptions are missing, and where most and fewest.

    Args:
        share: of `text_statistics.missing_descriptions`.
    """
    by_type = share.drop(index=0)
    return _(
        "**{share} of the products have no description**: {most} of {most_type}, {least} of "
        "{least_type}."
    ).format(
        share=percent(share.loc[0], 0),
        most=percent(by_type.iloc[-1], 0),
        most_type=label_of(by_type.index[-1]),
        least=percent(by_type.iloc[0], 0),
        least_type=label_of(by_type.index[0]),
    )


def languages_sentence(table: pd.DataFrame) -> str:
    """Return in which languages texts are.

    Args:
        table: of `text_statistics.languages`.
    """
    total = table.sum()
    shares = total / total.sum()
    named = [f"{language_name(code)} {percent(part)}" for code, part in shares.items()]
    return _("**{share} of the texts are not French.** {languages}.").format(
        share=percent(1 - shares.get("fr", 0), 0), languages=", ".join(named)
    )


def text_findings(assets: Assets) -> Sequence[str]:
    """Return every sentence of the page *Text* that states a fact, over all product types.

    Raises:
        AssetError: the statistics have not been computed.
    """
    return [
        source_sentence(assets),
        *(
            lengths_sentence(field, measure, lengths(assets, field, measure))
            for field, measure in _LENGTHS
        ),
        missing_sentence(missing_descriptions(assets)),
        languages_sentence(languages(assets)),
    ]
