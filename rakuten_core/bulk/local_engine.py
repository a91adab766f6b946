"""Classification of a file, or of a folder of Parquet files, into another one."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm.auto import tqdm

from rakuten_core.bulk.answer_table import ANSWER_SCHEMA, WRITTEN_COLUMNS, safe_id, written
from rakuten_core.bulk.chunks import Answering, Chunks, answer_in_chunks
from rakuten_core.data.photo_sources import PhotoSurvey
from rakuten_core.data.product_columns import (
    TableLayout,
    columns_in_words,
    product_rows,
    survey_photos,
)
from rakuten_core.data.tables import Table
from rakuten_core.errors import CatalogError
from rakuten_core.files import key_of, replacing, sha256_of
from rakuten_core.inference.classifier import Classifier
from rakuten_core.language import _, listing

OUTPUT_COLUMNS = ("productid", *WRITTEN_COLUMNS)
OUTPUT_SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True)
class FileReport:
    """What came of a file.

    Attributes:
        rows: that were written.
        encoding: of a text file; None for others.
        reading: sentences that say how the table was read.
        photos: how many rows name a photo and of how many it was there; None without photos.
    """

    rows: int
    encoding: str | None
    reading: tuple[str, ...]
    photos: PhotoSurvey | None


def classify_file(
    classifier: Classifier,
    source: Path,
    output: Path,
    images: Path | None = None,
    workers: int = 1,
    assets: Path | None = None,
    layout: TableLayout | None = None,
) -> FileReport:
    """Classify a table chunk by chunk.

    The output has one row per input row in the same order: `productid`, `prdtypecode`,
    `probability`, `top3` (codes with their probabilities; in Parquet the lists `codes` and
    `probabilities`), `used` (text, image or both), `decided_by` and `error` (what was wrong with
    the row; a photo that no stage needed is not opened, and nothing is said of it). It appears
    under its name once it is complete. In CSV, an id that a spreadsheet would run as a formula is
    written with an apostrophe before it, and `error` says so. Chunks of 1,000 rows are kept beside
    the output until then: the same call after an interruption goes on with the chunk that it was
    in, unless file, photos or models have changed.

    Args:
        classifier: the loaded models.
        source: CSV, JSON, Excel or Parquet, or a folder of Parquet files; then the output is a
            folder of them too.
        output: where to write, `.csv` or `.parquet`; another file than `source`.
        images: a folder or ZIP file of photos; see `PhotoSource` for how one is found.
        workers: processes that answer at the same time.
        assets: the folder of the models that other processes load, None for the project's own.
        layout: what is known of the table; the rest is found out.

    Raises:
        CatalogError: the file is missing, is not such a table or is the output too, or `images`
            cannot be read or holds none of the rows' photos.
    """
    layout = layout or TableLayout()
    both_there = source.exists() and output.exists()
    if source.resolve() == output.resolve() or (both_there and source.samefile(output)):
        raise CatalogError(
            _("{output} is the file to read. Name another one to write: --output.").format(
                output=output
            )
        )
    parts = _parts(source, output)
    try:
        return _classify_parts(classifier, parts, Answering(assets, images, True), workers, layout)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise CatalogError(f"{where}{error.strerror or error}.") from error


def _parts(source: Path, output: Path) -> dict[Path, Path]:
    """Return the files to read, each with the one to write.

    Raises:
        CatalogError: there is none to read, or the output is of another kind.
    """
    if source.is_dir():
        parts = {part: output / part.name for part in sorted(source.glob("*.parquet"))}
        if not parts:
            raise CatalogError(_("{source} holds no Parquet file.").format(source=source))
        if output.is_file():
            raise CatalogError(
                _("{output} is a file; a folder of files is written to a folder.").format(
                    output=output
                )
            )
    else:
        parts = {source: output}
        if output.suffix not in OUTPUT_SUFFIXES:
            raise CatalogError(
                _("{output} must end in {suffixes}.").format(
                    output=output, suffixes=listing(list(OUTPUT_SUFFIXES))
                )
            )
    return parts


def _classify_parts(
    classifier: Classifier,
    parts: Mapping[Path, Path],
    answering: Answering,
    workers: int,
    layout: TableLayout,
) -> FileReport:
    """Classify files, each into another one; one that is complete is not made again."""
    opened = {part: layout.open(part) for part in parts}
    survey = None
    if answering.photos is not None:
        # What is wrong with the photos is raised before anything is written.
        photos = answering.photo_source()
        survey = survey_photos(opened.values(), photos)
        answering = replace(answering, ambiguous=photos.ambiguous)
    seen = _seen(answering.photos)
    rows = 0
    for part, output in parts.items():
        table, columns = opened[part]
        facts = [sha256_of(part), seen, classifier.fingerprint, key_of(columns, str(table))]
        if not _is_of(output, facts):
            _classify_one(classifier, table, columns, output, facts, answering, workers)
        rows += table.count()
    table, columns = next(iter(opened.values()))
    reading = tuple(columns_in_words(table, columns))
    return FileReport(rows, table.encoding, reading, survey)


def _classify_one(
    classifier: Classifier,
    table: Table,
    columns: Mapping[str, str],
    output: Path,
    facts: list[str],
    answering: Answering,
    workers: int,
) -> None:
    chunks = Chunks(output.with_name(f".{output.name}.parts"), *facts)
    with tqdm(total=table.count(), desc=_("Classifying"), unit="product") as bar:
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
    """Return whether a file is a complete part that was made of these facts."""
    if path.suffix != ".parquet" or not path.is_file():
        return False
    try:
        return (pq.read_schema(path).metadata or {}).get(b"facts") == key_of(facts).encode()
    except (OSError, pa.ArrowException):
        return False


def _seen(images: Path | None) -> str:
    """Return what changes when a photo does."""
    if images is None:
        return ""
    files = sorted(images.rglob("*")) if images.is_dir() else [images]
    return key_of([(str(file), *_size_and_time(file)) for file in files])


def _size_and_time(file: Path) -> tuple[int, int]:
    facts = file.stat()
    return facts.st_size, facts.st_mtime_ns
