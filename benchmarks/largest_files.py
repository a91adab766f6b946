"""What honest files at the limits cost to read: python -m benchmarks.largest_files > docs/limits.md

Each is made, then read as the server reads it: in a child process within the budget, a table by
`look_at` and `take_in`, a photo by `decode_image`. Memory is the child's highest resident memory,
less what an idle child has. Prints Markdown.
"""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from tqdm.auto import tqdm

from benchmarks.measure import TITLE, pictures
from benchmarks.reading_cost import Cost, read_photo, read_table
from rakuten_core.limits import limits
from rakuten_core.sandbox import decoding, reading

_ROWS, _LETTERS = 20_000, 4_000
_DESCRIPTION = ("Structure en acier, liner bleu, bâche fournie. " * 100)[:_LETTERS]


def _rows() -> Iterator[dict[str, str]]:
    for number in range(_ROWS):
        yield {"ref": f"{number}", "titre": f"{TITLE} {number}", "description": _DESCRIPTION}


def _csv(folder: Path) -> Path:
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["ref", "titre", "description"], delimiter=";")
        writer.writeheader()
        writer.writerows(_rows())
    return path


def _json_lines(folder: Path) -> Path:
    path = folder / "table.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in _rows())
    return path


def _json_array(folder: Path) -> Path:
    path = folder / "table.json"
    path.write_text(json.dumps(list(_rows())), encoding="utf-8")
    return path


def _workbook(folder: Path) -> Path:
    path = folder / "table.xlsx"
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["ref", "titre", "description"])
    for row in _rows():
        sheet.append(list(row.values()))
    book.save(path)
    return path


def _parquet(folder: Path) -> Path:
    path, photos = folder / "table.parquet", pictures(50)
    columns = {
        "titre": [row["titre"] for row in _rows()],
        # Each another one: what is the same is written once.
        "photo": [photos[number % 50] + str(number).encode() for number in range(_ROWS)],
    }
    pq.write_table(pa.table(columns), path, row_group_size=1000)
    return path


def _photos(folder: Path) -> Path:
    path, photos = folder / "photos.csv", pictures(50)
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        for number in range(_ROWS):
            archive.writestr(f"{number}.jpg", photos[number % 50])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["titre", "photo"])
        writer.writerows([row["titre"], f"{row['ref']}.jpg"] for row in _rows())
    return path


def _photo(size: tuple[int, int], mode: str, kind: str, **options: Any) -> bytes:
    small = Image.open(io.BytesIO(pictures(1)[0]))
    file = io.BytesIO()
    small.resize(size).convert(mode).save(file, kind, **options)
    return file.getvalue()


TABLES: dict[str, Callable[[Path], Path]] = {
    f"CSV, {_ROWS:,} rows of {_LETTERS:,} letters": _csv,
    f"Excel, {_ROWS:,} rows of {_LETTERS:,} letters": _workbook,
    f"JSON Lines, {_ROWS:,} rows of {_LETTERS:,} letters": _json_lines,
    f"JSON, one array of {_ROWS:,} rows": _json_array,
    f"Parquet, {_ROWS:,} rows with a photo each": _parquet,
    f"CSV and a ZIP file of {_ROWS:,} photos": _photos,
}
PHOTOS: dict[str, Callable[[], bytes]] = {
    "JPEG of 59 megapixels": lambda: _photo((7_700, 7_700), "RGB", "JPEG"),
    "progressive JPEG of 24 megapixels": lambda: _photo(
        (4_900, 4_900), "RGB", "JPEG", progressive=True
    ),
    "transparent PNG of 25 megapixels": lambda: _photo((5_000, 5_000), "RGBA", "PNG"),
}


def costs() -> Iterator[tuple[str, float, Cost]]:
    """Make each file, read it, and yield its name, its size in MB and what it has cost."""
    for name, made in TABLES.items():
        with tempfile.TemporaryDirectory(prefix="rakuten-largest-") as place:
            folder = Path(place)
            source = made(folder)
            size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
            yield name, size, reading().run(read_table, source, folder, _ROWS)
    for name, drawn in PHOTOS.items():
        content = drawn()
        yield name, len(content) / 1e6, decoding().run(read_photo, content)


def main() -> None:
    """Measure and print."""
    most = limits()
    print("# What honest files at the limits cost\n")
    print("Written by `python -m benchmarks.largest_files > docs/limits.md`.")
    print("The limits are settings: [deploy.md](deploy.md) lists them.\n")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}. ")
    print(f"A table may take {most.reading_seconds:g} s and {most.reading_memory_mb:,} MiB of")
    print(f"address space, a photo {most.photo_seconds:g} s and {most.photo_memory_mb:,} MiB.\n")
    print("| file | size | seconds | resident memory |")
    print("|---|--:|--:|--:|")
    bar = tqdm(costs(), "Files", len(TABLES) + len(PHOTOS), unit="file")
    for name, size, cost in bar:
        print(f"| {name} | {size:,.1f} MB | {cost.seconds:.1f} | {cost.memory_mb:,.0f} MiB |")


if __name__ == "__main__":
    main()
