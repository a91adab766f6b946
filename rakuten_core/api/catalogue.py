"""`GET /types`, `/models` and `/models/{name}`: what can be answered, and by whom."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from rakuten_core import registry
from rakuten_core.api.problems import RESPONSES, ApiError
from rakuten_core.api.schemas import ModelCardOut, ModelOut, TypeOut
from rakuten_core.assets import Assets
from rakuten_core.errors import AssetError, ModelError
from rakuten_core.inference import shared_classifier
from rakuten_core.model_entry import ModelEntry
from rakuten_core.reports.model_card import model_card
from rakuten_core.taxonomy import PRODUCT_TYPES

_MODEL_PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: RESPONSES[422] | {"description": "There is no such model"},
    503: RESPONSES[503],
}


def routes() -> APIRouter:
    """Return the routes that describe."""
    router = APIRouter(tags=["describe"])

    @router.get("/types", summary="The 27 product types")
    def types() -> list[TypeOut]:
        return [TypeOut.of(kind) for kind in PRODUCT_TYPES]

    @router.get("/models", summary="All models and how well they do")
    def models() -> list[ModelOut]:
        assets, answering = Assets(), _answering()
        return [ModelOut(**_facts(assets, each, answering)) for each in registry.REGISTRY]

    @router.get(
        "/models/{name}",
        summary="A model's card",
        responses=_MODEL_PROBLEMS,
    )
    def model(name: str) -> ModelCardOut:
        assets = Assets()
        try:
            entry = registry.entry(name)
        except ModelError as error:
            raise ApiError(404, "unknown_model", str(error)) from error
        trained = assets.model(name)
        return ModelCardOut(
            **_facts(assets, entry, _answering()),
            card=model_card(assets, name),
            metrics=trained.metrics,
            parameters=trained.manifest["parameters"],
            trained=trained.manifest["date"],
        )

    return router


def _answering() -> tuple[str, ...]:
    try:
        return shared_classifier().stages
    except AssetError:
        return ()


def _facts(assets: Assets, entry: ModelEntry, answering: tuple[str, ...]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": entry.name,
        "label": entry.label,
        "reads": entry.modality,
        "answers": entry.name in answering,
        "weighted_f1": None,
        "rows": None,
    }
    try:
        measured = assets.model(entry.name).metrics["all"]
        facts |= {"weighted_f1": measured["weighted_f1"], "rows": measured["rows"]}
    except (AssetError, KeyError):
        # Not trained here.
        pass
    return facts
