"""Hostile files sent to a server, which must neither end nor wait: python -m benchmarks.hostile

python -m benchmarks.hostile [COUNT] [--seed N] [--only NUMBER]

COUNT bodies (2,000 by default): tables, workbooks, Parquet files, ZIP files, photos and JSON, each
made from its own seed, so that a failure can be made again with `--only NUMBER`. Meanwhile
`/api/health` is asked five times a second and the server's own memory is read. Prints JSON: what
was answered by kind, the longest time by kind, the highest memory of the server without its
children, and the slowest `/api/health`; ends with 1 where anything was not handled.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import numpy as np
import openpyxl
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from tqdm.auto import tqdm

from benchmarks.measure import serving

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARQUET = "application/vnd.apache.parquet"
# What a server may say of what it does not answer.
_HANDLED = {200, 400, 408, 413, 415, 422, 503, 504}


@dataclass(frozen=True)
class Body:
    """What is sent, and where: a batch, unless it is a product."""

    content: bytes
    kind: str
    path: str = "classify/batch"


def _damaged(content: bytes, generator: random.Random) -> bytes:
    """Return bytes with a few of them changed, some left out, or as they are."""
    way = generator.randrange(4)
    if way == 0 or not content:
        return content
    if way == 1:
        return content[: generator.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(generator.choice([1, 4, 30])):
        changed[generator.randrange(len(changed))] = generator.randrange(256)
    return bytes(changed)


def table(generator: random.Random) -> Body:
    """Return a text that may be a table of products."""
    cells = ("Lampe", '"', '"a\n', "=1+1", "\0", "é" * 1000, "x" * 2_000_000, "nan", "￼", "\r")
    rows = generator.choice([0, 1, 20, 3000])
    separator = generator.choice(",;\t|")
    names = ["titre", "ref", "photo", *(f"c{place}" for place in range(generator.choice([0, 600])))]
    long = generator.random() < 0.1
    chosen = cells if long and rows < 30 else [each for each in cells if len(each) < 2000]
    lines = [separator.join(names)]
    lines += [separator.join(generator.choice(chosen) for _ in range(3)) for _ in range(rows)]
    encoding = generator.choice(["utf-8", "cp1252", "utf-16", "mac_roman"])
    return Body(_damaged("\n".join(lines).encode(encoding, "replace"), generator), "text/csv")


def workbook(generator: random.Random) -> Body:
    """Return a workbook whose sheet, strings or size are not what Excel makes."""
    plain, changed = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    for _sheet in range(generator.choice([0, 0, 200])):
        book.create_sheet()
    book.worksheets[0].append(["titre", "ref"])
    book.worksheets[0].append(["Lampe", 1])
    book.save(plain)
    text = f"<is><t>{'x' * generator.choice([1, 1, 60_000_000])}</t></is>"
    place = generator.choice(["A3", "XFD3", "A999999999999", "ZZZZ1", "A0", "A1048577"])
    row = place.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    added = f'<row r="{row}"><c r="{place}" t="inlineStr">{text}</c></row>'
    added *= generator.choice([1, 1, 2000]) if len(text) < 100 else 1
    with zipfile.ZipFile(plain) as given, zipfile.ZipFile(changed, "w", 8) as written:
        for member in given.infolist():
            content = given.read(member)
            if member.filename.endswith("sheet1.xml"):
                content = content.replace(b"</sheetData>", added.encode() + b"</sheetData>")
            written.writestr(member.filename, content)
    return Body(_damaged(changed.getvalue(), generator), _EXCEL)


def parquet(generator: random.Random) -> Body:
    """Return a Parquet file that stands for much more than it holds."""
    letters, rows = generator.choice([(3, 2000), (1000, 2000), (15_000_000, 1), (15_000_000, 200)])
    value: Any = "x" * letters
    if generator.random() < 0.3:
        value = value.encode()
    once = pa.array([value])
    repeated = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), once)
    columns: dict[str, Any] = {generator.choice(["titre", "photo", "description"]): repeated}
    if generator.random() < 0.3:
        columns["titre"] = pa.array([[{"a": [1] * 50}]] * rows)
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content, compression="zstd")
    return Body(_damaged(content.getvalue(), generator), _PARQUET)


def archive(generator: random.Random) -> Body:
    """Return a ZIP file, which is no workbook or a strange one."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", generator.choice([0, 8, 12, 14])) as written:
        for number in range(generator.choice([1, 50, 3000])):
            name = generator.choice(["a.jpg", "../b.png", "xl/workbook.xml", "é" * 90, "/etc/x"])
            written.writestr(f"{number}{name}", bytes(generator.choice([0, 100, 3000])))
    return Body(_damaged(content.getvalue(), generator), _EXCEL)


def photo(generator: random.Random) -> Body:
    """Return a product with a photo that takes more to decode than to send."""
    way, content = generator.randrange(4), io.BytesIO()
    if way == 0:
        side = generator.choice([100, 3000, 5000, 20_000])
        mode = generator.choice(["1", "P", "RGBA", "LA", "I;16"])
        Image.new(mode, (side, generator.choice([1, side]))).save(content, "PNG")
    else:
        noise = np.random.default_rng(generator.randrange(99)).integers(0, 255, (200, 200, 3))
        picture = Image.fromarray(noise.astype(np.uint8))
        picture.save(content, "JPEG", progressive=way == 1)
    written = content.getvalue()
    if way == 1:
        last = written.rindex(b"\xff\xda")
        written = written[:last] + written[last:-2] * generator.choice([5, 80, 900]) + b"\xff\xd9"
    if way == 2:
        written += bytes(generator.choice([100, 15_000_000]))
    head = 'Content-Disposition: form-data; name="photo"; filename="p"'
    form = f"--b\r\n{head}\r\n\r\n".encode() + _damaged(written, generator) + b"\r\n--b--\r\n"
    return Body(form, "multipart/form-data; boundary=b", "classify")


def product(generator: random.Random) -> Body:
    """Return JSON of more than a product."""
    texts = (
        "{" + ",".join(f'"n{number}":{number}' for number in range(200_000)) + "}",
        '{"title":' + "[" * 50_000,
        '{"title":[' + "1," * 1_000_000 + "1]}",
        '{"title":"' + "\\ud800" * 30_000 + '"}',
        '{"title":"Lampe","top":' + "9" * 100_000 + "}",
        '{"title":"Lampe","photo":"' + "A" * 8_000_000 + '"}',
        '{"title":"Lampe ' + '\\"' * 9000 + '"}',
        '{"title":"Lampe"}',
    )
    text = generator.choice(texts).encode()
    return Body(_damaged(text, generator), "application/json", "classify")


KINDS: tuple[Callable[[random.Random], Body], ...] = (
    *(table, workbook, parquet, archive, photo, product),
)


@dataclass
class Outcome:
    """What came of all that was sent."""

    answers: dict[str, Counter[str]] = field(default_factory=dict)
    longest_seconds: dict[str, float] = field(default_factory=dict)
    not_handled: list[str] = field(default_factory=list)
    server_mb: float = 0.0
    health_seconds: float = 0.0

    def send(self, address: str, number: int, seed: int) -> None:
        """Send the body of a number."""
        generator = random.Random(f"{seed}-{number}")
        made = KINDS[number % len(KINDS)]
        body = made(generator)
        start = time.perf_counter()
        try:
            said = str(self._status(address, body))
        except httpx2.HTTPError as error:
            said = type(error).__name__
            self.not_handled.append(f"{number} {made.__name__}: {said}: {error}")
        else:
            if int(said) not in _HANDLED:
                self.not_handled.append(f"{number} {made.__name__}: {said}")
        seconds = time.perf_counter() - start
        self.answers.setdefault(made.__name__, Counter())[said] += 1
        longest = self.longest_seconds.get(made.__name__, 0.0)
        self.longest_seconds[made.__name__] = max(longest, round(seconds, 2))

    def _status(self, address: str, body: Body) -> int:
        answer = httpx2.post(
            f"{address}/api/{body.path}",
            content=body.content,
            headers={"content-type": body.kind},
            timeout=120,
        )
        return answer.status_code

    def watch(self, address: str, process: psutil.Process, ended: threading.Event) -> None:
        """Ask for the server's health and read its memory until an end."""
        while not ended.wait(0.2):
            start = time.perf_counter()
            httpx2.get(f"{address}/api/health", timeout=60).raise_for_status()
            self.health_seconds = max(self.health_seconds, time.perf_counter() - start)
            self.server_mb = max(self.server_mb, process.memory_info().rss / 2**20)


def main() -> int:
    """Send, watch and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    arguments = parser.parse_args()
    numbers = range(arguments.count) if arguments.only is None else [arguments.only]
    outcome, ended = Outcome(), threading.Event()
    with serving() as (address, process):
        watched = (address, psutil.Process(process), ended)
        watching = threading.Thread(target=outcome.watch, args=watched)
        watching.start()
        for number in tqdm(numbers, unit="body", mininterval=5):
            outcome.send(address, number, arguments.seed)
        ended.set()
        watching.join()
    print(json.dumps(vars(outcome), indent=1))
    return 1 if outcome.not_handled else 0


if __name__ == "__main__":
    sys.exit(main())
