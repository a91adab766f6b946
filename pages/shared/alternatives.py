"""What a chart shows, in words, for those who do not see it."""

from collections.abc import Callable, Iterable

import pandas as pd

from rakuten_core.language import _, listing


def plain(finding: str) -> str:
    """Return a finding without the marks that make it bold."""
    return finding.replace("*", "")


def extremes(name: str, values: pd.Series, write: Callable[[float], str]) -> str:
    """Return which of the values, by what each is of, are the highest and the lowest.

    Args:
        name: of what is measured.
        values: numbers, with the names of what they are of as their index.
        write: makes a text of a number.
    """
    known = values.dropna()
    if known.empty:
        return name
    return _("{name}: {highest} has the highest ({high}), {lowest} the lowest ({low}).").format(
        name=name,
        highest=known.idxmax(),
        high=write(known.max()),
        lowest=known.idxmin(),
        low=write(known.min()),
    )


def first_words(name: str, words: pd.Index) -> str:
    """Return the first words of a chart that shows words by their weight."""
    return _("{name}: {value}").format(name=name, value=quoted(words[:5]))


def quoted(words: Iterable[str]) -> str:
    """Return words as a list in quotation marks."""
    return listing([_("“{text}”").format(text=word) for word in words])
