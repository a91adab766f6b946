"""What the server does before it lets the first visitor in."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.concurrency import run_in_threadpool

from rakuten_core.api import monitoring
from rakuten_core.api.open_files import Rarely, allow_many_open_files
from rakuten_core.api.settings import settings
from rakuten_core.bulk import job_worker
from rakuten_core.bulk.job_worker import JobWorker
from rakuten_core.bulk.jobs import JobStore
from rakuten_core.errors import RakutenError
from rakuten_core.inference import shared_classifier, shared_similar
from rakuten_core.memory import keep_little_memory
from rakuten_core.presentation.charts import ranking_chart
from rakuten_core.reports.examples import examples
from rakuten_core.sandbox import close, guard


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """Load the models, answer once, and set what is there now apart from the garbage collector.

    Streamlit collects all garbage after each run of a page: going through the models' objects each
    time would take most of the server's time. Missing or damaged models do not stop the server: the
    pages that need them say so. Then the work on catalogues goes on where a server that ended left
    it.
    """
    keep_little_memory()
    allow_many_open_files()
    for name in ("asyncio", job_worker.__name__):
        logging.getLogger(name).addFilter(Rarely())
    guard()
    with suppress(RakutenError):
        await run_in_threadpool(warm_up)
    gc.collect()
    gc.freeze()
    chosen = settings()
    store = JobStore(chosen.store / "catalogues")
    worker = JobWorker(store, chosen.catalogue_memory_mb, chosen.catalogue_days, _forget_review)
    worker.start()
    monitoring.CATALOGUE_WORKER.set_function(lambda: worker.is_alive)
    yield {}
    await run_in_threadpool(worker.end)
    close()


def _forget_review(name: str) -> None:
    """Delete what was to be reviewed of a catalogue: it holds its texts.

    Raises:
        ReviewError: the database does not answer.
    """
    # Only where something is forgotten: the database takes memory that an idle server spares.
    from rakuten_core.review.database import open_database
    from rakuten_core.review.queue import delete_queue

    delete_queue(open_database(settings().review_url), name)


def warm_up() -> None:
    """Answer an example of each kind, as the page *Classify a product* does.

    Raises:
        RakutenError: a model is missing or damaged.
    """
    classifier = shared_classifier()
    for each in examples():
        answer, _explanation = classifier.classify_and_explain(
            each.title, each.description, each.picture
        )
        ranking_chart([(kind.product_type, kind.probability) for kind in answer.ranking]).to_json()
    shared_similar().text_vector(examples()[0].title)
