"""`POST /classify`: one product."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request

from rakuten_core.api import monitoring
from rakuten_core.api.bodies import BodyMemory, in_time, product_of
from rakuten_core.api.problems import RESPONSES
from rakuten_core.api.schemas import AnswerOut, ProductIn
from rakuten_core.api.settings import Settings
from rakuten_core.api.work_queue import WorkQueue
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference import shared_classifier

_PRODUCT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/ProductIn"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string"},
                        "description": {"type": "string"},
                        "photo": {"type": "string", "format": "binary"},
                        "top": {"type": "integer", "minimum": 1, "maximum": 27, "default": 5},
                        "explain": {"type": "boolean", "default": False},
                    },
                }
            },
        },
    }
}


def routes(settings: Settings) -> APIRouter:
    """Return the routes that classify."""
    router = APIRouter(tags=["classify"])
    bodies = BodyMemory(int(settings.bodies_mb * 2**20))
    queue = WorkQueue(settings.workers, settings.waiting, settings.answer_seconds)

    @router.post(
        "/classify",
        summary="Classify one product",
        responses=RESPONSES,
        openapi_extra=_PRODUCT,
    )
    async def classify(request: Request) -> AnswerOut:
        start = time.perf_counter()
        limit = int(settings.body_mb * 2**20)
        with bodies.held(request, limit):
            async with in_time(settings.body_seconds):
                product, photo = await product_of(request, limit)
            answer = await queue.run(lambda: _answer(product, photo))
        monitoring.SECONDS.observe(time.perf_counter() - start)
        monitoring.ANSWERS.labels(used=answer.used, decided_by=answer.decided_by).inc()
        return answer

    return router


def _answer(product: ProductIn, photo: bytes | None) -> AnswerOut:
    given = product.title, product.description, None if photo is None else decode_image(photo)
    if not product.explain:
        return AnswerOut.of(shared_classifier().classify(*given, top=product.top))
    return AnswerOut.of(*shared_classifier().classify_and_explain(*given, top=product.top))
