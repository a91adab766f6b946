"""Work on the jobs, one after the other, in a thread of the server."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from rakuten_core.bulk.answer_table import ANSWER_SCHEMA
from rakuten_core.bulk.chunks import Answering, Chunks, answer_in_chunks
from rakuten_core.bulk.jobs import ANSWERS_FILE, MEASURES_FILE, Job, JobStore, Progress
from rakuten_core.bulk.row_measures import measure_rows
from rakuten_core.data.cell_values import shown
from rakuten_core.data.photo_sources import given_photo
from rakuten_core.data.product_columns import product_rows
from rakuten_core.errors import RakutenError
from rakuten_core.files import replacing, sha256_of
from rakuten_core.inference.classifier import Classifier
from rakuten_core.language import _, language, set_language, speaking
from rakuten_core.text.markup import writable

# Small, so that progress is seen and stopping is quick.
_CHUNK_ROWS = 200
_PAUSE, _HOUR = 2.0, 3600.0
_logger = logging.getLogger(__name__)
_PRODUCT_SCHEMA = pa.schema(
    {
        "title": pa.string(),
        "description": pa.string(),
        "imageid": pa.string(),
        "photo": pa.string(),
        "given": pa.string(),
    }
)
_FIELDS = {
    "title": "designation",
    "description": "description",
    "imageid": "imageid",
    "photo": "photo",
    "given": "prdtypecode",
}


class _StoppedError(Exception):
    """The job is not wanted any more."""


class JobRunner:
    """Works on what waits in a store, until it is told to end.

    Several servers may share a store: a job is worked on by the one that holds its lock.

    Args:
        store: the jobs.
        classifier: returns the loaded models.
        days: after which jobs are deleted.
        on_forgotten: told the folder's name of each job that was deleted for its age.
    """

    def __init__(
        self,
        store: JobStore,
        classifier: Callable[[], Classifier],
        days: int = 30,
        on_forgotten: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store, self._classifier, self._days = store, classifier, days
        self._on_forgotten = on_forgotten
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Start to work: with what a killed server has left first."""
        self._thread.start()

    def end(self) -> None:
        """End after the chunk that is being answered; what is unfinished goes on next time."""
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        looked_at = -_HOUR
        while not self._ended.is_set():
            if time.monotonic() - looked_at >= _HOUR:
                looked_at = time.monotonic()
                for name in self._store.forget(self._days):
                    self._on_forgotten(name)
            for job in list(self._store.unfinished()):
                self.run(job)
            self._ended.wait(_PAUSE)

    def run(self, job: Job) -> None:
        """Work on a job until it is done, stopped, deleted or fails; not at all if another does."""
        with suppress(Timeout), FileLock(job.folder / "lock", timeout=0), speaking(language()):
            try:
                set_language(job.facts.language)
                _answer(job, self._classifier(), self._ended)
            except _StoppedError:
                pass
            except Exception as error:
                # Whatever is wrong with one catalogue, the others do not wait for it.
                if not job.deleted:
                    job.fail(_in_words(error))
        if job.deleted:
            job.delete()


def _in_words(error: Exception) -> str:
    if isinstance(error, RakutenError):
        return str(error)
    if isinstance(error, OSError):
        return _("The disk says: {error}.").format(error=error.strerror or error)
    _logger.error("a catalogue failed", exc_info=error)
    return _("The server failed at this catalogue; its log says why.")


def _answer(job: Job, classifier: Classifier, ended: threading.Event) -> None:
    table, columns = job.table, job.facts.columns
    facts = [sha256_of(table.path), classifier.fingerprint]
    chunks = Chunks(job.folder / "chunks", *facts)
    start, rows, new_rows = time.monotonic(), 0, 0
    job.tell(Progress())

    def on_chunk(count: int, new: bool) -> None:
        nonlocal rows, new_rows, start
        rows += count
        new_rows += count if new else 0
        if not new_rows:
            start = time.monotonic()
        if ended.is_set() or not job.wanted:
            raise _StoppedError
        job.tell(Progress(rows, new_rows, time.monotonic() - start))

    answering = Answering(photos=job.photos, ambiguous=frozenset(job.facts.ambiguous))
    answer_in_chunks(
        classifier,
        product_rows(table, columns),
        chunks,
        answering,
        on_chunk=on_chunk,
        chunk_rows=_CHUNK_ROWS,
    )
    measures = measure_rows(product_rows(table, columns), job.facts.rows, job.photo_source())
    with replacing(job.folder / MEASURES_FILE) as temporary:
        pq.write_table(measures, temporary, compression="zstd")
    _join(job, chunks)
    chunks.remove()


def _join(job: Job, chunks: Chunks) -> None:
    """Write the answers beside the products that they are of."""
    reading = product_rows(job.table, job.facts.columns)
    schema = pa.unify_schemas([_PRODUCT_SCHEMA, ANSWER_SCHEMA])
    with (
        replacing(job.folder / ANSWERS_FILE) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as parquet,
    ):
        for path in chunks.finished():
            answers = pq.read_table(path)
            rows = [next(reading).values for _row in range(answers.num_rows)]
            products = {
                name: pa.array([_text(field, row.get(field)) for row in rows], pa.string())
                for name, field in _FIELDS.items()
            }
            table = pa.table(
                products | {name: answers[name] for name in answers.column_names}, schema=schema
            )
            parquet.write_table(table)


def _text(field: str, value: object) -> str | None:
    if field == "photo":
        # A picture stays in the catalogue's own file.
        value = given_photo(value)
    return None if value is None or isinstance(value, bytes) else writable(shown(value))
