"""What programs send and get, as typed models; FastAPI describes them in OpenAPI."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from rakuten_core.data.cell_values import LONGEST_TEXT
from rakuten_core.data.embedded_photos import base64_content, embedded_photo
from rakuten_core.inference import Classification, Explanation, RankedType, Word
from rakuten_core.inference.answers import Used
from rakuten_core.language import _
from rakuten_core.taxonomy import CODES, PRODUCT_TYPES, ProductType


def _photo_of(value: Any) -> bytes:
    """Return the picture that a text stands for.

    Raises:
        ValueError: it stands for none.
    """
    if value == "":
        return b""
    found = (embedded_photo(value) or base64_content(value)) if isinstance(value, str) else None
    if found is None:
        raise ValueError(_("The photo is not a picture in base64."))
    return found


_TITLE = "Piscine hors sol ronde 3,66 m avec pompe de filtration"
Top = Annotated[int, Field(ge=1, le=len(CODES), description="how many product types to rank")]
Photo = Annotated[
    bytes,
    BeforeValidator(_photo_of, json_schema_input_type=str),
    WithJsonSchema({"type": "string", "format": "base64"}),
]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class ProductIn(BaseModel):
    """A product; a title, a description or a photo is needed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"title": _TITLE, "description": "", "top": 3}]},
    )

    title: Text = Field("", description="as a seller writes it; HTML is fine")
    description: Text = Field("", description="likewise")
    photo: Photo | None = Field(
        None, description="JPEG, PNG, WebP or GIF, in base64 or as a `data:` address"
    )
    top: Top = 5
    explain: bool = Field(False, description="also say why")


class TypeOut(BaseModel):
    """One of the 27 product types."""

    code: int = Field(description="prdtypecode of the challenge", examples=[2583])
    label: str = Field(description="in French", examples=["Piscines et accessoires"])
    label_en: str = Field(description="in English")
    domain: str = Field(description="in French")
    domain_en: str = Field(description="in English")

    @classmethod
    def of(cls, kind: ProductType) -> TypeOut:
        """Return a product type."""
        domain = kind.domain
        return cls(
            code=kind.code,
            label=kind.french,
            label_en=kind.english,
            domain=domain.french,
            domain_en=domain.english,
        )


class RankedOut(TypeOut):
    """A product type and how likely it is."""

    probability: float = Field(ge=0, le=1, description="calibrated")

    @classmethod
    def ranked(cls, each: RankedType) -> RankedOut:
        """Return a product type of a ranking."""
        kind = TypeOut.of(each.product_type).model_dump()
        return cls(**kind, probability=round(each.probability, 6))


class WordOut(BaseModel):
    """A word and what it adds for the answer against the runner-up."""

    text: str
    weight: float
    known: bool = Field(description="whether the model knows the word itself")


class ReasonsOut(BaseModel):
    """Why: what speaks for the answer against the runner-up."""

    answer: int = Field(description="code of the answer")
    runner_up: int = Field(description="code of the second")
    title: list[WordOut]
    description: list[WordOut]
    photo: list[list[float]] | None = Field(
        description="how much each place of the photo speaks for the answer, row by row"
    )
    text_adds: float | None = Field(description="what the text adds, in log-odds")
    photo_adds: float | None = Field(description="what the photo adds, in log-odds")

    @classmethod
    def of(cls, found: Explanation) -> ReasonsOut:
        """Return the reasons of an answer."""

        def words(many: tuple[Word, ...]) -> list[WordOut]:
            return [
                WordOut(
                    text=each.text,
                    weight=round(
                        float(each.contributions[found.best] - each.contributions[found.runner_up]),
                        4,
                    ),
                    known=each.known,
                )
                for each in many
            ]

        added = found.contributions
        return cls(
            answer=PRODUCT_TYPES[found.best].code,
            runner_up=PRODUCT_TYPES[found.runner_up].code,
            title=words(found.text.title) if found.text else [],
            description=words(found.text.description) if found.text else [],
            photo=None if found.activations is None else found.activations.round(4).tolist(),
            text_adds=None if added is None else round(added.text, 4),
            photo_adds=None if added is None else round(added.image, 4),
        )


class AnswerOut(BaseModel):
    """What a product is."""

    ranking: list[RankedOut] = Field(description="most likely first")
    used: Used = Field(description="what the answer rests on")
    text: list[RankedOut] | None = Field(description="what the text alone says, if it was read")
    photo: list[RankedOut] | None = Field(description="what the photo alone says, if it was read")
    decided_by: str = Field(description="name of the model that decided")
    milliseconds: float
    note: str | None = Field(
        None, description="what is wrong with the photo, which was answered from all the same"
    )
    reasons: ReasonsOut | None = Field(None, description="with `explain`")

    @classmethod
    def of(cls, answer: Classification, explanation: Explanation | None = None) -> AnswerOut:
        """Return an answer, with its reasons where they are given."""

        def ranked(many: tuple[RankedType, ...]) -> list[RankedOut]:
            return [RankedOut.ranked(each) for each in many]

        return cls(
            ranking=ranked(answer.ranking),
            used=answer.used,
            text=None if answer.text is None else ranked(answer.text),
            photo=None if answer.image is None else ranked(answer.image),
            decided_by=answer.stages[-1],
            milliseconds=round(1000 * answer.seconds, 2),
            note=answer.note,
            reasons=None if explanation is None else ReasonsOut.of(explanation),
        )


class RowOut(BaseModel):
    """A line of the answer to a batch, for the row of the same number."""

    row: int = Field(ge=0, description="number of the row, from 0")
    productid: str | None = Field(description="as it was given")
    answer: AnswerOut | None = Field(description="missing where nothing could be read")
    error: str | None = Field(description="what was wrong with the row")


class ModelOut(BaseModel):
    """A model of the project."""

    name: str
    label: str
    reads: Literal["text", "image", "fusion"]
    answers: bool = Field(description="whether it answers here")
    weighted_f1: float | None = Field(description="on the test split, all that it can read")
    rows: int | None = Field(description="of the test split")


class ModelCardOut(ModelOut):
    """A model with its card and all that was measured of it."""

    card: str = Field(description="model card, Markdown")
    metrics: dict[str, Any] = Field(description="by subset of the test split")
    parameters: dict[str, Any] = Field(description="hyper-parameters")
    trained: str = Field(description="date of the run")


class StateOut(BaseModel):
    """How the server is."""

    status: Literal["ok", "ready"]
