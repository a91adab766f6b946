"""Classification of a file in the challenge's layout, row by row, into another file."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from rakuten_core.errors import CatalogError
from rakuten_core.files import replacing
from rakuten_core.inference.classifier import Classifier, RowResult

OUTPUT_COLUMNS = ("productid", "prdtypecode", "probability", "top3", "used", "error")
_TOP = 3


def classify_file(
    classifier: Classifier, source: Path, output: Path, images: Path | None = None
) -> int:
    """Classify a CSV file in the challenge's X layout in a stream.

    The output has one row per input row in the same order: `productid`, `prdtypecode`,
    `probability`, `top3` (codes with their probabilities), `used` (text, image or both) and
    `error` (what was wrong with the row). It appears under its name once it is complete.

    Args:
        classifier: the loaded models.
        source: a CSV file with at least the columns `designation` and `productid`.
        output: where to write.
        images: a folder of photos named as the challenge names them.

    Returns:
        The number of rows written.

    Raises:
        CatalogError: the file is missing, is not such a CSV file, or `images` is not a folder.
    """
    if images is not None and not images.is_dir():
        raise CatalogError(f"{images} is not a folder. --images names the folder of the photos.")
    try:
        total = _count_rows(source)
        with (
            source.open(newline="", encoding="utf-8", errors="replace") as file,
            replacing(output) as temporary,
            temporary.open("w", newline="", encoding="utf-8") as target,
        ):
            writer = csv.writer(target, lineterminator="\n")
            writer.writerow(OUTPUT_COLUMNS)
            seen: list[dict[str, Any]] = []
            results = classifier.classify_many(
                _keeping(_rows(file, source), seen), images, top=_TOP
            )
            rows = 0
            for result in tqdm(results, total=total, desc="Classifying", unit="product"):
                writer.writerow(_output_row(seen.pop(0), result))
                rows += 1
    except OSError as error:
        raise CatalogError(f"{error.filename}: {error.strerror}.") from error
    return rows


def _count_rows(source: Path) -> int:
    with source.open(newline="", encoding="utf-8", errors="replace") as file:
        return sum(1 for _ in _csv_lines(file, source)) - 1


def _csv_lines(file: Any, source: Path) -> Iterator[list[str]]:
    csv.field_size_limit(2**24)
    try:
        for line in csv.reader(file):
            if line:
                yield line
    except csv.Error as error:
        raise CatalogError(f"{source} is not a CSV file: {error}.") from error


def _rows(file: Any, source: Path) -> Iterator[dict[str, Any]]:
    lines = _csv_lines(file, source)
    header = next(lines, [])
    missing = {"designation", "productid"} - set(header)
    if missing:
        raise CatalogError(
            f"{source} lacks the column {' and '.join(sorted(missing))}. Expected the challenge's "
            f"X layout: index, designation, description, productid, imageid. "
            f"Received: {', '.join(header) or 'an empty file'}."
        )
    for line in lines:
        row: dict[str, Any] = dict(zip(header, line, strict=False))
        if len(line) != len(header):
            row["layout_error"] = f"the row has {len(line)} columns instead of {len(header)}"
        yield row


def _keeping(rows: Iterator[dict[str, Any]], seen: list[dict[str, Any]]) -> Iterator:
    """Pass rows on and remember them until their results come back."""
    for row in rows:
        seen.append(row)
        yield row


def _output_row(row: dict[str, Any], result: RowResult) -> tuple:
    problems = "; ".join(filter(None, (row.get("layout_error"), result.error)))
    answer = result.classification
    productid = row.get("productid", "")
    if answer is None:
        return productid, "", "", "", "", problems
    return (
        productid,
        answer.best.product_type.code,
        f"{answer.best.probability:.4f}",
        " ".join(f"{each.product_type.code}:{each.probability:.4f}" for each in answer.ranking),
        answer.used,
        problems,
    )
