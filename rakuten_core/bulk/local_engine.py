"""Classification of a file, or of a folder of Parquet files, into another one."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm.auto import tqdm

from rakuten_core.bulk.answer_table import ANSWER_SCHEMA, WRITTEN_COLUMNS, safe_id, written
from rakuten_core.bulk.chunks import Answering, Chunks, answer_in_chunks
from rakuten_core.data.photo_sources import PhotoSource
from rakuten_core.data.product_columns import check_columns, find_columns, product_rows
from rakuten_core.data.tables import open_table
from rakuten_core.errors import CatalogError
from rakuten_core.files import key_of, replacing, sha256_of
from rakuten_core.inference.classifier import Classifier
from rakuten_core.language import _, listing

OUTPUT_COLUMNS = ("productid", *WRITTEN_COLUMNS)
OUTPUT_SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True)
class FileReport:
    """What came of a file: how many rows were written, and the encoding that it was read in.

    `encoding` is None for what is not a text file.
    """

    rows: int
    encoding: str | None


def classify_file(
    classifier: Classifier,
    source: Path,
    output: Path,
    images: Path | None = None,
    workers: int = 1,
    assets: Path | None = None,
) -> FileReport:
    """Classify a table chunk by chunk.

    The output has one row per input row in the same order: `productid`, `prdtypecode`,
    `probability`, `top3` (codes with their probabilities; in Parquet the lists `codes` and
    `probabilities`), `used` (text, image or both), `decided_by` and `error` (what was wrong with
    the row). It appears under its name once it is complete. In CSV, an id that a spreadsheet would
    run as a formula is written with an apostrophe before it, and `error` says so. Chunks of 1,000
    rows are kept beside the output until then: the same call after an interruption goes on with the
    chunk that it was in, unless file, photos or models have changed.

    Args:
        classifier: the loaded models.
        source: CSV, JSON Lines, Excel or Parquet, its columns found by name (`product_columns`), or
            a folder of Parquet files; then the output is a folder of them too.
        output: where to write, `.csv` or `.parquet`; another file than `source`.
        images: a folder or ZIP file of photos; see `PhotoSource` for how one is found.
        workers: processes that answer at the same time.
        assets: the folder of the models that other processes load, None for the project's own.

    Raises:
        CatalogError: the file is missing, is not such a table or is the output too, or `images`
            cannot be read.
    """
    both_there = source.exists() and output.exists()
    if source.resolve() == output.resolve() or (both_there and source.samefile(output)):
        raise CatalogError(
            _("{output} is the file to read. Name another one to write: --output.").format(
                output=output
            )
        )
    answering = Answering(assets, images, fetch=True)
    if not source.is_dir():
        return _classify_one(classifier, source, output, answering, workers)
    parts = sorted(source.glob("*.parquet"))
    if not parts:
        raise CatalogError(_("{source} holds no Parquet file.").format(source=source))
    if output.is_file():
        raise CatalogError(
            _("{output} is a file; a folder of files is written to a folder.").format(output=output)
        )
    rows = 0
    for part in parts:
        # A part that is complete was written under its name.
        done = output / part.name
        if not (done.is_file() and _is_of(done, _facts(part, images, classifier))):
            _classify_one(classifier, part, done, answering, workers)
        rows += pq.read_metadata(done).num_rows
    return FileReport(rows, None)


def _classify_one(
    classifier: Classifier, source: Path, output: Path, answering: Answering, workers: int
) -> FileReport:
    if output.suffix not in OUTPUT_SUFFIXES:
        raise CatalogError(
            _("{output} must end in {suffixes}.").format(
                output=output, suffixes=listing(list(OUTPUT_SUFFIXES))
            )
        )
    try:
        table = open_table(source)
        columns = find_columns(table.columns)
        check_columns(table, columns)
        total = table.count()
        # What is wrong with the photos is told before anything is written.
        PhotoSource(answering.photos)
        facts = _facts(source, answering.photos, classifier)
        chunks = Chunks(output.with_name(f".{output.name}.parts"), *facts)
        with tqdm(total=total, desc=_("Classifying"), unit="product") as bar:
            answer_in_chunks(
                classifier,
                product_rows(table, columns),
                chunks,
                answering,
                workers,
                lambda rows, _new: bar.update(rows),
            )
        _write_output(output, chunks, facts)
        chunks.remove()
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise CatalogError(f"{where}{error.strerror or error}.") from error
    return FileReport(total, table.encoding)


def _write_output(output: Path, chunks: Chunks, facts: list[str]) -> None:
    with replacing(output) as temporary:
        if output.suffix == ".parquet":
            schema = ANSWER_SCHEMA.with_metadata({"facts": key_of(facts)})
            with pq.ParquetWriter(temporary, schema, compression="zstd") as parquet:
                for path in chunks.finished():
                    parquet.write_table(pq.read_table(path))
            return
        with temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(OUTPUT_COLUMNS)
            writer.writerows(_lines(chunks))


def _lines(chunks: Chunks) -> Iterator[list[str]]:
    for path in chunks.finished():
        for record in pq.read_table(path).to_pylist():
            productid, quoted = safe_id(record)
            *answer, problems = written(record)
            yield [productid, *answer, "; ".join(filter(None, (quoted, problems)))]


def _is_of(path: Path, facts: list[str]) -> bool:
    try:
        return (pq.read_schema(path).metadata or {}).get(b"facts") == key_of(facts).encode()
    except (OSError, pa.ArrowException):
        return False


def _facts(source: Path, images: Path | None, classifier: Classifier) -> list[str]:
    """Return what the answers rest on, each a fingerprint."""
    return [sha256_of(source), _seen(images), classifier.fingerprint]


def _seen(images: Path | None) -> str:
    """Return what changes when a photo does."""
    if images is None or not images.exists():
        return ""
    files = sorted(images.iterdir()) if images.is_dir() else [images]
    return key_of([(file.name, *_size_and_time(file)) for file in files])


def _size_and_time(file: Path) -> tuple[int, int]:
    facts = file.stat()
    return facts.st_size, facts.st_mtime_ns
