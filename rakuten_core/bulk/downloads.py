"""The result of a job as a file: what was given, in the order given, and the answers beside it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock

from rakuten_core.batches import in_batches
from rakuten_core.bulk.answer_table import WRITTEN_COLUMNS, written
from rakuten_core.bulk.jobs import ANSWERS_FILE, Job
from rakuten_core.data.encodings import safe_cell
from rakuten_core.data.taken_files import taken_columns, taken_rows
from rakuten_core.files import replacing
from rakuten_core.language import language
from rakuten_core.taxonomy import label_of

ResultFormat = Literal["csv", "xlsx", "parquet"]
_ADDED = ("prdtypecode", "label", *WRITTEN_COLUMNS[1:])
_LONGEST_CELL = 32_767


def write_result(job: Job, result_format: ResultFormat, below: float | None = None) -> Path:
    """Write the result of a finished job into its folder, if it is not there yet.

    Every column that was given stands first, as it was; then the type, its name in the current
    language, the probability, the three most likely types, what the answer went by, and what was
    wrong with the row. In CSV and Excel, a text that a spreadsheet would run as a formula gets an
    apostrophe before it.

    Args:
        job: that is done.
        result_format: of the file. CSV is in UTF-8 with a byte order mark, as Excel wants it.
        below: only rows whose probability is below this, or that have no answer; None for all.

    Returns:
        Where it is.
    """
    part = "" if below is None else f"-below-{below:g}"
    path = job.folder / f"result{part}-{language()}.{result_format}"
    # Who asks for it meanwhile waits instead of writing it too.
    with FileLock(path.with_suffix(".lock")):
        if not path.is_file():
            write = {"csv": _write_csv, "xlsx": _write_excel, "parquet": _write_parquet}[
                result_format
            ]
            header = _header(taken_columns(job.folder))
            with replacing(path) as temporary:
                write(temporary, header, lambda: _lines(job, below))
    return path


def _header(given: tuple[str, ...]) -> list[str]:
    """Return the columns; what the file called the same already keeps its name."""
    header = list(given)
    for name in _ADDED:
        while name in header:
            name = f"{name}_answered"
        header.append(name)
    return header


def _lines(job: Job, below: float | None) -> Iterator[list[str]]:
    rows = taken_rows(job.folder)
    for batch in pq.ParquetFile(job.folder / ANSWERS_FILE).iter_batches(1000):
        for record in batch.to_pylist():
            given = next(rows)
            sure = record["probability"] is not None and record["probability"] >= (below or 0)
            if below is not None and sure:
                continue
            code, *rest = written(record)
            yield [*given, code, label_of(int(code)) if code else "", *rest]


def _write_csv(path: Path, header: list[str], lines: Callable[[], Iterator[list[str]]]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(map(safe_cell, header))
        writer.writerows(map(safe_cell, line) for line in lines())


def _write_excel(path: Path, header: list[str], lines: Callable[[], Iterator[list[str]]]) -> None:
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(path, options) as workbook:
        sheet = workbook.add_worksheet()
        bold = workbook.add_format({"bold": True})
        sheet.write_row(0, 0, header, bold)
        sheet.freeze_panes(1, 0)
        probability = len(header) - len(_ADDED) + _ADDED.index("probability")
        for row, line in enumerate(lines(), 1):
            for column, text in enumerate(line):
                if column == probability and text:
                    sheet.write_number(row, column, float(text))
                elif text:
                    sheet.write_string(row, column, safe_cell(text)[:_LONGEST_CELL])


def _write_parquet(path: Path, header: list[str], lines: Callable[[], Iterator[list[str]]]) -> None:
    schema = pa.schema([(name, pa.string()) for name in header])
    with pq.ParquetWriter(path, schema, compression="zstd") as parquet:
        for chunk in in_batches(lines(), 1000):
            columns = zip(*chunk, strict=True)
            arrays = [pa.array(column, pa.string()) for column in columns]
            parquet.write_table(pa.Table.from_arrays(arrays, schema=schema))
