"""Answers chunk by chunk, each kept when it is finished: an interruption costs one chunk."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from rakuten_core.batches import in_batches
from rakuten_core.bulk.answer_table import answer_rows
from rakuten_core.data.photo_sources import PhotoSource
from rakuten_core.data.tables import Row
from rakuten_core.files import key_of, read_json, replacing, write_json
from rakuten_core.inference.classifier import Classifier

CHUNK_ROWS = 1000


@dataclass(frozen=True)
class Answering:
    """What a process needs to answer rows; it can be sent to another process.

    Attributes:
        assets: the folder of the models, None for the project's own.
        photos: a folder or ZIP file of photos, or None.
        trusted: whether rows may name photos elsewhere; see `PhotoSource`.
        ambiguous: file names that mean another photo in another folder; see `PhotoSource`.
    """

    assets: Path | None = None
    photos: Path | None = None
    trusted: bool = False
    ambiguous: frozenset[str] = frozenset()

    def photo_source(self) -> PhotoSource:
        """Open the photos and index their names."""
        return PhotoSource(self.photos, self.trusted, self.ambiguous)


class Chunks:
    """The finished chunks of one run, in a folder that is there until `remove`.

    Args:
        folder: emptied if it holds chunks of other facts.
        facts: what the answers rest on: the input's fingerprint, the photos', the models'.
    """

    def __init__(self, folder: Path, *facts: str) -> None:
        self._folder = folder
        manifest, key = folder / "manifest.json", {"key": key_of(list(facts))}
        if folder.is_dir() and not (manifest.is_file() and read_json(manifest) == key):
            shutil.rmtree(folder)
        write_json(manifest, key)

    def path(self, number: int) -> Path:
        """Return where a chunk is, or will be."""
        return self._folder / f"{number:06d}.parquet"

    def finished(self) -> Iterator[Path]:
        """Yield the chunks that are there, in order, up to the first that is missing."""
        number = 0
        while (path := self.path(number)).is_file():
            yield path
            number += 1

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self._folder)


def answer_in_chunks(
    classifier: Classifier,
    rows: Iterable[Row],
    chunks: Chunks,
    answering: Answering,
    workers: int = 1,
    on_chunk: Callable[[int, bool], None] = lambda _rows, _new: None,
    chunk_rows: int = CHUNK_ROWS,
) -> None:
    """Answer rows, and keep each chunk as soon as it is finished.

    Args:
        classifier: the loaded models; other processes load them from `answering.assets`.
        rows: all of them, finished ones too.
        chunks: where they are kept; a chunk that is there is not made again.
        answering: models and photos.
        workers: processes that answer; one is this one.
        on_chunk: told of each chunk how many rows it has, and whether it was made now. What it
            raises ends the run.
        chunk_rows: rows of a chunk.

    Raises:
        CatalogError: the rows or the photos cannot be read.
    """
    numbered = enumerate(in_batches(rows, chunk_rows))
    if workers == 1:
        photos = answering.photo_source()
        for number, chunk in numbered:
            new = not chunks.path(number).is_file()
            if new:
                write_chunk(chunks.path(number), classifier, chunk, photos)
            on_chunk(len(chunk), new)
        return
    # Started anew, not forked: a copy of a process with threads can hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start_process, (answering,)) as pool:
        working: dict[Future[None], int] = {}
        try:
            for number, chunk in numbered:
                if chunks.path(number).is_file():
                    on_chunk(len(chunk), False)
                    continue
                while len(working) > workers:
                    _take_finished(working, on_chunk)
                working[pool.submit(_write_in_process, chunks.path(number), chunk)] = len(chunk)
            while working:
                _take_finished(working, on_chunk)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _take_finished(working: dict[Future[None], int], on_chunk: Callable[[int, bool], None]) -> None:
    finished, _others = wait(working, return_when=FIRST_COMPLETED)
    for each in finished:
        each.result()
        on_chunk(working.pop(each), True)


def write_chunk(path: Path, classifier: Classifier, rows: list[Row], photos: PhotoSource) -> None:
    """Answer rows and write the answers, as `Chunks` keeps them."""
    table = answer_rows(classifier, rows, photos)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


_process: tuple[Classifier, PhotoSource]


def _start_process(answering: Answering) -> None:
    global _process
    _process = (Classifier.load(answering.assets), answering.photo_source())


def _write_in_process(path: Path, rows: list[Row]) -> None:
    write_chunk(path, _process[0], rows, _process[1])
