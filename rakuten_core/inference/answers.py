"""What a product gets as an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rakuten_core.errors import ModelError
from rakuten_core.language import _
from rakuten_core.taxonomy import PRODUCT_TYPES, ProductType

_SURE = 0.5
Used = Literal["text", "image", "both"]


@dataclass(frozen=True)
class RankedType:
    """A product type and its probability, from 0 to 1."""

    product_type: ProductType
    probability: float


@dataclass(frozen=True)
class Classification:
    """The answer for one product.

    Attributes:
        ranking: the most likely product types, best first.
        used: which inputs the answer rests on; a photo is not needed where the text is sure enough.
        text: what the text alone would say, best first; None where no model read it.
        image: what the photo alone would say, best first; None where no model looked at it.
        stages: names of the models that answered one after the other, the deciding one last.
        seconds: time taken, decoding of the photo included; of many products the mean.
        note: what is wrong with the photo, which was answered from all the same; None for nothing.
    """

    ranking: tuple[RankedType, ...]
    used: Used
    text: tuple[RankedType, ...] | None
    image: tuple[RankedType, ...] | None
    stages: tuple[str, ...]
    seconds: float
    note: str | None = None

    @property
    def best(self) -> RankedType:
        """The most likely product type."""
        return self.ranking[0]

    @property
    def disagreement(self) -> tuple[RankedType, RankedType] | None:
        """What text and photo say where each is sure of another type; None where they agree."""
        if self.text is None or self.image is None:
            return None
        text, image = self.text[0], self.image[0]
        if text.product_type is image.product_type:
            return None
        sure = min(text.probability, image.probability) >= _SURE
        return (text, image) if sure else None

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as values that JSON can hold."""

        def ranked(ranking: tuple[RankedType, ...] | None) -> list[dict[str, Any]] | None:
            if ranking is None:
                return None
            return [
                {
                    "prdtypecode": each.product_type.code,
                    "label": each.product_type.french,
                    "label_en": each.product_type.english,
                    "domain": each.product_type.domain.french,
                    "probability": round(each.probability, 6),
                }
                for each in ranking
            ]

        return {
            "ranking": ranked(self.ranking),
            "used": self.used,
            "text": ranked(self.text),
            "image": ranked(self.image),
            "stages": list(self.stages),
            "seconds": round(self.seconds, 6),
            "note": self.note,
        }


@dataclass(frozen=True)
class RowResult:
    """The answer for one row of a table.

    Attributes:
        classification: the answer, or None when the row holds nothing to go by.
        error: what was wrong with the row, even where it could be answered without; None if
            nothing was.
    """

    classification: Classification | None
    error: str | None


def ranking(probabilities: np.ndarray, top: int) -> tuple[RankedType, ...]:
    """Return the most likely types of probabilities, (27,), best first."""
    best = np.argsort(-probabilities, kind="stable")[:top]
    return tuple(RankedType(PRODUCT_TYPES[index], float(probabilities[index])) for index in best)


def classification(
    fused: np.ndarray,
    text: np.ndarray | None,
    image: np.ndarray | None,
    top: int,
    seconds: float,
    stages: tuple[str, ...],
    note: str | None = None,
) -> Classification:
    """Return the answer that probabilities, each (27,) or None, stand for.

    Raises:
        ModelError: the model had nothing to go by: it does not read what was given.
    """
    if np.isnan(fused).any():
        raise ModelError(_("No model that answers here reads what was given of the product."))
    used: Used = "both" if text is not None and image is not None else "text"
    if text is None:
        used = "image"
    return Classification(
        ranking=ranking(fused, top),
        used=used,
        text=None if text is None else ranking(text, top),
        image=None if image is None else ranking(image, top),
        stages=stages,
        seconds=seconds,
        note=note,
    )
