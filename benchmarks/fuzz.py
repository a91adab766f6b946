"""Hostile texts and photos through the classifier and the HTTP interface: make fuzz

python -m benchmarks.fuzz [COUNT] [--seed N] [--only NUMBER]

COUNT texts and COUNT photos (10,000 by default), each made from its own seed, so that a failure
can be made again: `--only NUMBER` runs that one. Prints how many were answered and refused, the
longest time, and what the memory did; ends with 1 where anything failed that should not.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from tqdm.auto import tqdm

from benchmarks.measure import memory
from rakuten_core.api.application import create_api
from rakuten_core.api.settings import Settings
from rakuten_core.errors import RakutenError
from rakuten_core.inference import Classifier, shared_classifier

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "ICO", "TGA", "PCX")
_MODES = ("RGB", "L", "RGBA", "P", "CMYK", "1", "I;16")
_LONGEST_ANSWER = 1.0
# Every so many go through the HTTP interface as well.
_THROUGH_API = 10
_SPECIAL = (
    "\u0000",
    "\ud800",
    "\udfff",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\u0301" * 40,
    "<script>alert(1)</script>",
    "<p>" * 200,
    "&#x110000;",
    "&#9999999999999999999999;",
    "&nbsp;" * 50,
    "{{7*7}}",
    "=1+1",
    "../../etc/passwd",
    "%s%n%x",
    "👩‍👩‍👧‍👦" * 20,
    "ﷺ" * 30,
    "١٢٣",
    "Z̴̡̛a̷l̵g̶o",
    "\x1b[31m",
    "\r\n\t\v\f\x1c\x85\u2028",
)


def hostile_text(generator: random.Random) -> Any:
    """Return something that a caller may take for a text."""
    kind = generator.randrange(8)
    if kind == 0:
        return generator.choice(
            [None, "", " ", 0, -1, 1e308, float("nan"), float("inf"), 10**400, True, b"x", [], {}]
        )
    if kind == 1:
        return generator.choice(_SPECIAL) * generator.choice([1, 3, 1000])
    if kind == 2:
        return generator.choice("aé<&\u200b1 ") * 300_000
    if kind == 3:
        return "".join(chr(generator.randrange(0x110000)) for _ in range(generator.randrange(400)))
    words = ["piscine", "livre", "coussin", "jeu", *_SPECIAL]
    return " ".join(generator.choice(words) for _ in range(generator.randrange(1, 60)))


def hostile_photo(generator: random.Random) -> Any:
    """Return something that a caller may take for a photo."""
    if generator.random() < 0.03:
        return generator.choice([b"", b"GIF89a", b"\xff\xd8", b"<svg/>", 3, "", [], "no such file"])
    content = _picture(generator)
    kind = generator.randrange(6)
    if kind == 0 or not content:
        return content
    if kind == 1:
        return content[: generator.randrange(len(content))]
    changed = bytearray(content)
    if kind == 2:
        # Headers hold sizes and lengths.
        place = generator.randrange(min(64, len(changed)))
        changed[place : place + 4] = generator.randbytes(4)
        return bytes(changed)
    if kind == 3:
        start = generator.randrange(len(changed))
        return bytes(changed[:start] + generator.randbytes(50) + changed[start:])
    for _ in range(generator.choice([1, 5, 50])):
        changed[generator.randrange(len(changed))] = generator.randrange(256)
    return bytes(changed)


def _picture(generator: random.Random) -> bytes:
    size = generator.choice([(1, 1), (2, 300), (64, 48), (300, 2), (501, 499)])
    picture = Image.new("RGB", size, generator.randrange(2**24))
    picture = picture.convert("L") if generator.random() < 0.2 else picture
    mode, written = generator.choice(_MODES), io.BytesIO()
    try:
        picture.convert(mode).save(written, generator.choice(_FORMATS))
    except (OSError, ValueError, KeyError):
        # Not every format takes every mode.
        return b""
    return written.getvalue()


@dataclass
class Outcome:
    """What came of all that was given."""

    counts: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0
    failures: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    def tried(self, name: str, call: Callable[[], object]) -> None:
        """Call, and count what came of it; only the library's own errors are no failure."""
        start = time.perf_counter()
        try:
            self.counts[str(call())] += 1
        except RakutenError:
            self.counts["refused"] += 1
        except Exception as error:
            self.failures.append(f"{name}: {type(error).__name__}: {error}")
        seconds = time.perf_counter() - start
        self.longest = max(self.longest, seconds)
        if seconds > _LONGEST_ANSWER:
            self.slow.append(f"{name}: {seconds:.2f} s")


def given(number: int, seed: int) -> tuple[Any, Any, Any]:
    """Return title, description and photo number so and so; even ones are photos."""
    generator = random.Random(f"{seed}-{number}")
    if number % 2:
        return hostile_text(generator), hostile_text(generator), None
    title = "piscine" if generator.random() < 0.5 else ""
    return title, "", hostile_photo(generator)


def run(numbers: Iterable[int], seed: int, classifier: Classifier) -> Outcome:
    """Try products of these numbers."""
    outcome = Outcome()
    api = create_api(Settings(log_level="ERROR"))
    with TestClient(Starlette(routes=[Mount("/api", api)])) as client:
        for number in numbers:
            title, description, photo = given(number, seed)

            def library(title: Any = title, description: Any = description, photo: Any = photo):
                classifier.classify_and_explain(title, description, photo)
                return "answered"

            outcome.tried(f"{number} library", library)
            if number % _THROUGH_API < 2:

                def asked(title: Any = title, description: Any = description, photo: Any = photo):
                    return _through(client, title, description, photo)

                outcome.tried(f"{number} interface", asked)
    return outcome


def _through(client: TestClient, title: Any, description: Any, photo: Any) -> str:
    """Ask the interface with a form, as far as one can hold what is given."""
    fields = {
        name: str(value).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        for name, value in (("title", title), ("description", description))
    }
    files = {"photo": ("photo", photo)} if isinstance(photo, bytes) else None
    answer = client.post("/api/classify", data=fields, files=files or {"photo": ("", b"")})
    if answer.status_code >= 500:
        raise RuntimeError(f"{answer.status_code}: {answer.text}")
    return f"interface {answer.status_code}"


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    arguments = parser.parse_args()
    classifier = shared_classifier()
    total = 2 * arguments.count
    numbers = range(total) if arguments.only is None else [arguments.only]
    # The first ones lay out networks and caches.
    run(range(min(400, total)), arguments.seed, classifier)
    before = memory("VmRSS")
    outcome = run(tqdm(numbers, unit="product", mininterval=5), arguments.seed, classifier)
    print(", ".join(f"{name} {count:,}" for name, count in sorted(outcome.counts.items())))
    print(f"longest {outcome.longest:.2f} s; memory {before:,.0f} to {memory('VmRSS'):,.0f} MB")
    for said in (*outcome.failures, *outcome.slow):
        print(said, file=sys.stderr)
    return 1 if outcome.failures or outcome.slow else 0


if __name__ == "__main__":
    sys.exit(main())
