"""Whether texts are as the challenge ships them, or cut, lower-cased, or robbed of descriptions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_UPPER_CASE = re.compile(r"[A-ZÀ-ÖØ-Þ]")
_ACCENTS = re.compile(r"[à-öø-ÿœÀ-ÖØ-ÞŒ]")
PUBLISHED_WITHOUT_DESCRIPTION = 0.351
"""29,800 of the 84,916 products of the challenge's training part lack a description (the study)."""
PUBLISHED_LONGEST_TITLE = 54
"""Words of its longest title (the study)."""
# A part of the products differs from all of them by chance; what was cut or lost differs by more.
_DESCRIPTIONS_MAY_DIFFER = 0.03
_FEWEST_WITH_UPPER_CASE, _FEWEST_WITH_ACCENTS = 0.95, 0.4


@dataclass(frozen=True)
class TextForm:
    """What shows in which form texts are.

    Attributes:
        without_description: share of the products.
        with_upper_case: share of the titles that hold an upper-case letter.
        with_accents: share of the titles that hold a letter with an accent.
        longest_title: words of the longest title.
    """

    without_description: float
    with_upper_case: float
    with_accents: float
    longest_title: int

    @classmethod
    def of(cls, titles: Sequence[str], descriptions: Sequence[str]) -> TextForm:
        """Return the form of some products' texts, as files hold them."""
        given = [title for title in titles if title.strip()]
        most = max(len(given), 1)
        return cls(
            without_description=sum(not text.strip() for text in descriptions)
            / max(len(descriptions), 1),
            with_upper_case=sum(bool(_UPPER_CASE.search(title)) for title in given) / most,
            with_accents=sum(bool(_ACCENTS.search(title)) for title in given) / most,
            longest_title=max((len(title.split()) for title in given), default=0),
        )

    @property
    def is_original(self) -> bool:
        """Whether the texts are as the challenge ships them, as far as these figures tell."""
        differs = abs(self.without_description - PUBLISHED_WITHOUT_DESCRIPTION)
        return (
            differs <= _DESCRIPTIONS_MAY_DIFFER
            and self.longest_title <= PUBLISHED_LONGEST_TITLE
            and self.with_upper_case >= _FEWEST_WITH_UPPER_CASE
            and self.with_accents >= _FEWEST_WITH_ACCENTS
        )
