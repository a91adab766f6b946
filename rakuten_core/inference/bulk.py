"""Classification of a file in the challenge's layout, row by row, into another file."""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from tqdm.auto import tqdm

from rakuten_core.data.encodings import encoding_of, safe_cell
from rakuten_core.data.rows import csv_lines
from rakuten_core.errors import CatalogError
from rakuten_core.files import key_of, read_json, replacing, sha256_of, write_json
from rakuten_core.inference.answers import RowResult
from rakuten_core.inference.classifier import Classifier
from rakuten_core.language import _, listing

OUTPUT_COLUMNS = ("productid", "prdtypecode", "probability", "top3", "used", "decided_by", "error")
_TOP = 3
_CHUNK_ROWS = 1000


@dataclass(frozen=True)
class FileReport:
    """What came of a file: how many rows were written, and the encoding that it was read in."""

    rows: int
    encoding: str


@dataclass(frozen=True)
class _Row:
    """A line of the file by column, and what is wrong with its layout."""

    values: dict[str, str]
    problem: str | None


def classify_file(
    classifier: Classifier, source: Path, output: Path, images: Path | None = None
) -> FileReport:
    """Classify a CSV file in the challenge's X layout, chunk by chunk.

    The output, in UTF-8, has one row per input row in the same order: `productid`, `prdtypecode`,
    `probability`, `top3` (codes with their probabilities), `used` (text, image or both) and
    `error` (what was wrong with the row). It appears under its name once it is complete. An id that
    a spreadsheet would run as a formula is written with an apostrophe before it, and `error` says
    so. Chunks of 1,000 rows are kept beside the output until then: the same call after an
    interruption goes on with the chunk that it was in, unless file, photos or models have changed.

    Args:
        classifier: the loaded models.
        source: a CSV file with at least the columns `designation` and `productid`, in UTF-8, UTF-16
            or Windows-1252.
        output: where to write; another file than `source`.
        images: a folder of photos named as the challenge names them.

    Raises:
        CatalogError: the file is missing, is not such a CSV file or is the output too, or `images`
            is not a folder.
    """
    if images is not None and not images.is_dir():
        raise CatalogError(
            _("{images} is not a folder. --images names the folder of the photos.").format(
                images=images
            )
        )
    if _same_file(source, output):
        raise CatalogError(
            _("{output} is the file to read. Name another one to write: --output.").format(
                output=output
            )
        )
    try:
        encoding = encoding_of(source)
        total = _count_rows(source, encoding)
        folder = _chunks_folder(output, [sha256_of(source), _seen(images), classifier.fingerprint])
        chunks: list[Path] = []
        with (
            source.open(newline="", encoding=encoding) as file,
            tqdm(total=total, desc=_("Classifying"), unit="product") as bar,
        ):
            rows = _rows(file, source)
            while chunk := list(islice(rows, _CHUNK_ROWS)):
                path = folder / f"{len(chunks):06d}.csv"
                if not path.is_file():
                    _write_chunk(path, classifier, chunk, images)
                chunks.append(path)
                bar.update(len(chunk))
        with replacing(output) as temporary, temporary.open("wb") as target:
            target.write(f"{','.join(OUTPUT_COLUMNS)}\n".encode())
            for path in chunks:
                target.write(path.read_bytes())
        shutil.rmtree(folder)
    except OSError as error:
        raise CatalogError(f"{error.filename}: {error.strerror}.") from error
    return FileReport(total, encoding)


def _chunks_folder(output: Path, facts: list[str]) -> Path:
    """Return the folder of finished chunks, emptied if they are of another file or model."""
    folder, key = output.with_name(f".{output.name}.parts"), {"key": key_of(facts)}
    manifest = folder / "manifest.json"
    if folder.is_dir() and not (manifest.is_file() and read_json(manifest) == key):
        shutil.rmtree(folder)
    write_json(manifest, key)
    return folder


def _seen(images: Path | None) -> str:
    """Return what changes when a photo of the folder does."""
    if images is None:
        return ""
    files = sorted(images.iterdir())
    return key_of([(file.name, *_size_and_time(file)) for file in files])


def _size_and_time(file: Path) -> tuple[int, int]:
    facts = file.stat()
    return facts.st_size, facts.st_mtime_ns


def _write_chunk(path: Path, classifier: Classifier, rows: list[_Row], images: Path | None) -> None:
    results = classifier.classify_many((row.values for row in rows), images, top=_TOP)
    with (
        replacing(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as target,
    ):
        writer = csv.writer(target, lineterminator="\n")
        writer.writerows(_output_row(*each) for each in zip(rows, results, strict=True))


def _same_file(first: Path, second: Path) -> bool:
    return first.resolve() == second.resolve() or (
        first.exists() and second.exists() and first.samefile(second)
    )


def _count_rows(source: Path, encoding: str) -> int:
    with source.open(newline="", encoding=encoding) as file:
        return sum(1 for _ in _rows(file, source))


def _rows(file: TextIO, source: Path) -> Iterator[_Row]:
    lines = csv_lines(file)
    header = next(lines, [])
    missing = {"designation", "productid"} - set(header)
    if missing:
        raise CatalogError(
            _(
                "{source} lacks the column {columns}. Expected the challenge's X layout: index, "
                "designation, description, productid, imageid. Received: {received}."
            ).format(
                source=source,
                columns=listing(sorted(missing)),
                received=", ".join(header) or _("an empty file"),
            )
        )
    for line in lines:
        problem = None
        if len(line) != len(header):
            problem = _("the row has {received} columns instead of {expected}").format(
                received=len(line), expected=len(header)
            )
        yield _Row(dict(zip(header, line, strict=False)), problem)


def _output_row(row: _Row, result: RowResult) -> tuple:
    productid = row.values.get("productid", "")
    written = safe_cell(productid)
    quoted = None if written == productid else _("the id starts like a formula: apostrophe added")
    problems = "; ".join(filter(None, (row.problem, quoted, result.error)))
    answer = result.classification
    if answer is None:
        return written, "", "", "", "", "", problems
    return (
        written,
        answer.best.product_type.code,
        f"{answer.best.probability:.4f}",
        " ".join(f"{each.product_type.code}:{each.probability:.4f}" for each in answer.ranking),
        answer.used,
        answer.stages[-1],
        problems,
    )
