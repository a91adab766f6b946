"""Hostile files sent to a server, which must neither end nor wait: python -m benchmarks.hostile

python -m benchmarks.hostile [COUNT] [--seed N] [--only NUMBER]

COUNT (20,000 by default) tables, workbooks, Parquet files, ZIP files, photos and JSON bodies, then
a twentieth as many addresses of pages, each made from its own seed, so that a failure can be made
again with `--only NUMBER`. Two are sent at a time. Meanwhile `/api/health` is asked five times a
second and memory is read. Prints JSON: what was answered by kind, the longest time by kind, the
highest memory of the server and of its children, and the slowest `/api/health`; ends with 1 where
anything was not handled.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import sys
import threading
import time
import urllib.parse
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx2
import numpy as np
import openpyxl
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from tqdm.auto import tqdm

from benchmarks.load import PAGES, visit
from benchmarks.measure import serving

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARQUET = "application/vnd.apache.parquet"
_AT_ONCE = 2
HANDLED = frozenset({200, 400, 408, 413, 415, 422, 503, 504})
"""What a server may say of whatever is sent."""


@dataclass(frozen=True)
class Body:
    """What is sent, and where: a batch, unless it is a product."""

    content: bytes
    kind: str
    path: str = "classify/batch"


@dataclass(frozen=True)
class Address:
    """A page that is visited."""

    name: str
    query: str


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


def _rarely(generator: random.Random) -> bool:
    """Return whether this one is large: what takes seconds to read would fill the hours."""
    return generator.random() < 0.015


def table(generator: random.Random) -> Body:
    """Return a text that may be a table of products."""
    cells = ("Lampe", '"', '"a\n', "=1+1", "\0", "é" * 1000, "x" * 2_000_000, "nan", "￼", "\r")
    rows = 3000 if _rarely(generator) else generator.choice([0, 1, 20])
    separator = generator.choice(",;\t|")
    names = ["titre", "ref", "photo", *(f"c{place}" for place in range(generator.choice([0, 600])))]
    long = _rarely(generator)
    chosen = cells if long and rows < 30 else [each for each in cells if len(each) < 2000]
    lines = [separator.join(names)]
    lines += [separator.join(generator.choice(chosen) for _ in range(3)) for _ in range(rows)]
    encoding = generator.choice(["utf-8", "cp1252", "utf-16", "mac_roman"])
    return Body(_damaged("\n".join(lines).encode(encoding, "replace"), generator), "text/csv")


def workbook(generator: random.Random) -> Body:
    """Return a workbook whose sheet, strings or size are not what Excel makes."""
    plain, changed = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    for _sheet in range(200 * _rarely(generator)):
        book.create_sheet()
    book.worksheets[0].append(["titre", "ref"])
    book.worksheets[0].append(["Lampe", 1])
    book.save(plain)
    text = f"<is><t>{'x' * (60_000_000 if _rarely(generator) else 1)}</t></is>"
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
    letters, rows = generator.choice([(3, 20), (1000, 20), (300_000, 20)])
    if _rarely(generator):
        letters, rows = generator.choice([(3, 2000), (15_000_000, 1), (15_000_000, 2000)])
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
        for number in range(3000 if _rarely(generator) else generator.choice([1, 50])):
            name = generator.choice(["a.jpg", "../b.png", "xl/workbook.xml", "é" * 90, "/etc/x"])
            written.writestr(f"{number}{name}", bytes(generator.choice([0, 100, 3000])))
    return Body(_damaged(content.getvalue(), generator), _EXCEL)


def photo(generator: random.Random) -> Body:
    """Return a product with a photo that takes more to decode than to send."""
    way, content = generator.randrange(4), io.BytesIO()
    if way == 0:
        side = generator.choice([3000, 5000, 20_000]) if _rarely(generator) else 100
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
        written += bytes(15_000_000 if _rarely(generator) else 100)
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
    text = generator.choice(texts[-2:] if generator.random() < 0.8 else texts).encode()
    return Body(_damaged(text, generator), "application/json", "classify")


def page(generator: random.Random) -> Address:
    """Return the address of a page with values that nobody would choose."""
    values = ("", "x", "1e999", "-1", "nan", "\0", "é" * 300, "<b>", "[]", "../../etc", "9" * 30)
    names = (
        "view",
        "lang",
        "job",
        "queue",
        "order",
        "domain",
        "type",
        "model",
        "subset",
        "seconds",
    )
    chosen = [(name, generator.choice(values)) for name in generator.sample(names, 4)]
    return Address(generator.choice(PAGES), urllib.parse.urlencode(chosen))


FILES: tuple[Callable[[random.Random], Body], ...] = (
    *(table, workbook, parquet, archive, photo, product),
)
ADDRESSES: tuple[Callable[[random.Random], Address], ...] = (page,)
# A page takes longer than most files.
_FILES_OF_AN_ADDRESS = 20


@dataclass
class Outcome:
    """What came of all that was sent.

    Attributes:
        answers: by kind, how often each status was answered.
        longest_seconds: by kind.
        seconds: of all of a kind.
        not_handled: what was answered by none, or by a status that says a fault of the server.
        server_mb: highest resident memory of the server itself, MiB.
        with_children_mb: of the server and its children.
        health_seconds: slowest answer of `/api/health`.
    """

    answers: dict[str, Counter[str]] = field(default_factory=dict)
    longest_seconds: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    not_handled: list[str] = field(default_factory=list)
    server_mb: float = 0.0
    with_children_mb: float = 0.0
    health_seconds: float = 0.0

    def send(
        self,
        number: int,
        kinds: Sequence[Callable[[random.Random], Body | Address]],
        address: str,
        seed: int,
    ) -> None:
        """Send the body of a number."""
        generator = random.Random(f"{seed}-{number}")
        made = kinds[number % len(kinds)]
        body = made(generator)
        start = time.perf_counter()
        try:
            said = str(self._status(address, body))
        except (httpx2.HTTPError, RuntimeError) as error:
            said = type(error).__name__
            self.not_handled.append(f"{number} {made.__name__}: {said}: {error}")
        else:
            if int(said) not in HANDLED:
                self.not_handled.append(f"{number} {made.__name__}: {said}")
        seconds = time.perf_counter() - start
        self.answers.setdefault(made.__name__, Counter())[said] += 1
        self.seconds[made.__name__] = self.seconds.get(made.__name__, 0.0) + round(seconds, 3)
        longest = self.longest_seconds.get(made.__name__, 0.0)
        self.longest_seconds[made.__name__] = max(longest, round(seconds, 2))

    def _status(self, address: str, body: Body | Address) -> int:
        if isinstance(body, Address):
            asyncio.run(_visit(address, body))
            return 200
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
            self.server_mb = max(self.server_mb, own := _resident_mb(process))
            children = sum(map(_resident_mb, process.children(recursive=True)))
            self.with_children_mb = max(self.with_children_mb, own + children)


async def _visit(address: str, page: Address) -> None:
    visitor = await visit(address, page.name, page.query)
    await visitor.close()


def _resident_mb(process: psutil.Process) -> float:
    # A child may have ended meanwhile.
    with suppress(psutil.NoSuchProcess):
        return process.memory_info().rss / 2**20
    return 0.0


def _sent(
    kinds: Sequence[Callable[[random.Random], Body | Address]],
    numbers: Sequence[int],
    seed: int,
    address: str,
    server: psutil.Process,
) -> Outcome:
    """Send what the numbers stand for, and watch the server meanwhile."""
    outcome, ended = Outcome(), threading.Event()
    watching = threading.Thread(target=outcome.watch, args=(address, server, ended))
    watching.start()
    send = partial(outcome.send, kinds=kinds, address=address, seed=seed)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(tqdm(pool.map(send, numbers), total=len(numbers), unit="sent", mininterval=5))
    ended.set()
    watching.join()
    return outcome


def main() -> int:
    """Send, watch and print: first files, then addresses, whose pages take memory themselves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    arguments = parser.parse_args()
    numbers = range(arguments.count) if arguments.only is None else [arguments.only]
    # As many as are sent: what waits is refused, and tries nothing.
    os.environ["RAKUTEN_BATCHES"] = str(_AT_ONCE)
    with serving() as (address, process):
        server = psutil.Process(process)
        files = _sent(FILES, numbers, arguments.seed, address, server)
        few = numbers[: max(1, len(numbers) // _FILES_OF_AN_ADDRESS)]
        addresses = _sent(ADDRESSES, few, arguments.seed, address, server)
    print(json.dumps({"files": vars(files), "addresses": vars(addresses)}, indent=1))
    return 1 if files.not_handled or addresses.not_handled else 0


if __name__ == "__main__":
    sys.exit(main())
