"""The talk on the stage: a page of its own, which fills the screen."""

from __future__ import annotations

import threading
from functools import lru_cache

from plotly.offline import get_plotlyjs
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from rakuten_core.assets import Assets
from rakuten_core.errors import RakutenError
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference import shared_classifier
from rakuten_core.language import LANGUAGES, accepted, language, speaking
from rakuten_core.presentation.story import LiveProduct, Slide, live_slide, slides, to_html
from rakuten_core.reports.examples import example

ADDRESS = "/stage"
_SHOWN = 4
_drawing = threading.Lock()
_LIVE_EXAMPLE = "Armchair"


def talk() -> list[Slide]:
    """Return the slides in the current language, with a product that is classified for it.

    Raises:
        AssetError: a model or a statistic that the talk tells of is missing.
    """
    *before, conclusion, quotation = _told(language())
    return [*before, live_slide(_live_product()), conclusion, quotation]


@lru_cache(maxsize=len(LANGUAGES))
def _told(language: str) -> tuple[Slide, ...]:
    """Return what is the same each time; the figures take a second to make."""
    with speaking(language):
        return tuple(slides(Assets()))


def _live_product() -> LiveProduct:
    shown = example(_LIVE_EXAMPLE)
    picture = None if shown.picture is None else decode_image(shown.picture)
    answer = shared_classifier().classify(shown.title, shown.description, picture)
    ranking = [(each.product_type, each.probability) for each in answer.ranking[:_SHOWN]]
    return LiveProduct(shown.title, picture, ranking, 1000 * answer.seconds)


def _page(language: str, base: str) -> str:
    # Drawn once for all who ask at the same time.
    with _drawing:
        return _drawn(language, base)


# Of the addresses under which the app may be mounted, one or two are in use.
@lru_cache(maxsize=2 * len(LANGUAGES))
def _drawn(language: str, base: str) -> str:
    with speaking(language):
        return to_html(talk(), f"{base}{ADDRESS}/plotly.js", f"{base}/story?lang={language}")


@lru_cache(maxsize=1)
def _plotly() -> str:
    return get_plotlyjs()


async def _stage(request: Request) -> Response:
    asked = request.query_params.get("lang")
    wanted = request.headers.get("accept-language", "")
    language = asked if asked in LANGUAGES else accepted(wanted)
    base = request.url.path.removesuffix(ADDRESS)
    try:
        return HTMLResponse(await run_in_threadpool(_page, language, base))
    except RakutenError as error:
        return PlainTextResponse(str(error), status_code=503)


async def _script(request: Request) -> Response:
    return Response(
        _plotly(),
        media_type="text/javascript",
        headers={"Cache-Control": "public, max-age=86400"},
    )


ROUTES = [Route(ADDRESS, _stage), Route(f"{ADDRESS}/plotly.js", _script)]
"""To mount beside the app."""
