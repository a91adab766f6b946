"""Work on the jobs, a chunk of each in turn."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from rakuten_core.batches import in_batches
from rakuten_core.bulk.answer_table import ANSWER_SCHEMA
from rakuten_core.bulk.chunks import Chunks, write_chunk
from rakuten_core.bulk.jobs import (
    ANSWERS_FILE,
    LOCK_FILE,
    MEASURES_FILE,
    MOST_ATTEMPTS,
    Job,
    JobStore,
    Progress,
)
from rakuten_core.bulk.row_measures import measure_rows
from rakuten_core.data.photo_sources import PhotoSource
from rakuten_core.data.taken_files import PRODUCTS_FILE, taken_products
from rakuten_core.errors import AssetError, RakutenError
from rakuten_core.files import replacing, sha256_of
from rakuten_core.inference.classifier import Classifier
from rakuten_core.language import _, speaking

# Small, so that progress is seen, others have their turn and stopping costs little.
_CHUNK_ROWS = 100
_END = object()
_logger = logging.getLogger(__name__)
_PRODUCT_FIELDS = {
    "title": "designation",
    "description": "description",
    "imageid": "imageid",
    "photo": "photo",
    "given": "prdtypecode",
}
_PRODUCT_SCHEMA = pa.schema([(name, pa.string()) for name in _PRODUCT_FIELDS])


class JobRunner:
    """Works on what waits in a store.

    Several processes may share a store: a job is worked on by the one that holds its lock.

    Args:
        store: the jobs.
        classifier: returns the loaded models.
        on_job: called with the folder's name of each job before a step of it.
    """

    def __init__(
        self,
        store: JobStore,
        classifier: Callable[[], Classifier],
        on_job: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store, self._classifier, self._on_job = store, classifier, on_job
        self._begun: dict[Path, Iterator[None]] = {}

    def run(self, job: Job) -> None:
        """Work on a job until it is done, stopped, deleted or fails; not at all if another does."""
        while self._step(job):
            pass

    def turn(self) -> bool:
        """Do one step of each job that waits, and return whether any was done."""
        return sum(self._step(job) for job in list(self._store.unfinished())) > 0

    def _step(self, job: Job) -> bool:
        """Do one step of a job, and return whether more is to be done."""
        if job.wanted and job.attempts >= MOST_ATTEMPTS:
            job.fail(
                _(
                    "The work on this catalogue has ended {count} times without a result: it may "
                    "take more memory than there is. Give it in smaller parts."
                ).format(count=MOST_ATTEMPTS)
            )
        steps = self._begun.pop(job.folder, None) or self._steps(job)
        # It may be deleted at any time.
        with suppress(RakutenError):
            spoken = job.facts.language
            self._on_job(job.folder.name)
            with job.attempt(), speaking(spoken):
                if next(steps, _END) is not _END:
                    self._begun[job.folder] = steps
        if job.deleted:
            job.delete()
        return job.folder in self._begun

    def _steps(self, job: Job) -> Iterator[None]:
        """Yield after each step of the work on a job; not at all if another works on it."""
        with suppress(Timeout), FileLock(job.folder / LOCK_FILE, timeout=0):
            try:
                for _step in _work(job, self._classifier()):
                    if not job.wanted:
                        break
                    yield
            except Exception as error:
                # Whatever is wrong with one catalogue, the others do not wait for it.
                if not job.deleted:
                    job.fail(_in_words(error))


def _in_words(error: Exception) -> str:
    if isinstance(error, AssetError):
        # Where the server keeps its files is no concern of whoever gave a catalogue.
        _logger.error("a catalogue cannot be answered: %s", error)
        return _("A model that answers is missing or damaged; the server's log says which.")
    if isinstance(error, RakutenError):
        return str(error)
    if isinstance(error, OSError):
        return _("The disk says: {error}.").format(error=error.strerror or type(error).__name__)
    _logger.error("a catalogue failed", exc_info=error)
    if isinstance(error, MemoryError):
        return _("It takes more memory than there is. Give it in smaller parts.")
    return _("The server failed at this catalogue; its log says why.")


def _work(job: Job, classifier: Classifier) -> Iterator[None]:
    """Answer a job's products, and yield after each chunk."""
    rows = new_rows = 0
    job.tell(Progress())
    if not job.wanted:
        return
    chunks = Chunks(job.folder / "chunks", sha256_of(_products(job)), classifier.fingerprint)
    seconds = 0.0
    for number, chunk in enumerate(in_batches(taken_products(job.folder), _CHUNK_ROWS)):
        rows += len(chunk)
        if chunks.path(number).is_file():
            continue
        start = time.monotonic()
        write_chunk(chunks.path(number), classifier, chunk, PhotoSource())
        seconds += time.monotonic() - start
        new_rows += len(chunk)
        if job.wanted:
            job.tell(Progress(rows, new_rows, seconds))
        yield
    measures = measure_rows(taken_products(job.folder), job.facts.rows, PhotoSource())
    with replacing(job.folder / MEASURES_FILE) as temporary:
        pq.write_table(measures, temporary, compression="zstd")
    yield
    _join(job, chunks)
    chunks.remove()


def _products(job: Job) -> Path:
    return job.folder / PRODUCTS_FILE


def _join(job: Job, chunks: Chunks) -> None:
    """Write the answers beside the products that they are of."""
    schema = pa.unify_schemas([_PRODUCT_SCHEMA, ANSWER_SCHEMA])
    file = pq.ParquetFile(_products(job))
    batches = file.iter_batches(_CHUNK_ROWS, columns=list(_PRODUCT_FIELDS.values()))
    records = (record for batch in batches for record in batch.to_pylist())
    with (
        replacing(job.folder / ANSWERS_FILE) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as parquet,
    ):
        for path in chunks.finished():
            answers = pq.read_table(path)
            products = list(islice(records, answers.num_rows))
            columns: dict[str, Any] = {
                name: pa.array([each[field] for each in products], pa.string())
                for name, field in _PRODUCT_FIELDS.items()
            }
            columns |= {name: answers[name] for name in answers.column_names}
            parquet.write_table(pa.table(columns, schema=schema))
