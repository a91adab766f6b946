"""`GET /health`, `/ready` and `/metrics`: for whoever runs the server."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from rakuten_core.api import monitoring
from rakuten_core.api.problems import RESPONSES, ApiError
from rakuten_core.api.schemas import StateOut
from rakuten_core.inference import shared_classifier
from rakuten_core.language import _


def open_routes() -> APIRouter:
    """Return the routes that tell no more than that the server is there."""
    router = APIRouter(tags=["operate"])

    @router.get("/health", summary="Whether the process answers")
    async def health() -> StateOut:
        return StateOut(status="ok")

    @router.get(
        "/ready",
        summary="Whether the models are loaded and catalogues are taken up",
        responses={503: RESPONSES[503]},
    )
    async def ready() -> StateOut:
        await run_in_threadpool(shared_classifier)
        if not monitoring.takes_catalogues():
            raise ApiError(
                503, "catalogues", _("The work on catalogues has ended: start the server again.")
            )
        return StateOut(status="ready")

    return router


def routes() -> APIRouter:
    """Return the routes with figures."""
    router = APIRouter(tags=["operate"])

    @router.get(
        "/metrics",
        summary="What was counted, for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    async def figures() -> Response:
        return Response(monitoring.exposition(), media_type="text/plain; version=0.0.4")

    return router
