"""What guarding against hostile files costs honest ones; prints JSON: python -m benchmarks.guard

Each is read as a process does that serves nobody, and as a server does, in one run and in turn: a
photo of the catalogue's size decoded, a product with it answered, a table of 300 rows looked at.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.measure import DESCRIPTION, TITLE, milliseconds, pictures
from rakuten_core import sandbox
from rakuten_core.data.intake import look_at
from rakuten_core.images.decoding import decode_image
from rakuten_core.inference import shared_classifier
from rakuten_core.sandbox import guard, reading

_ROWS = 300


def _table(folder: Path) -> Path:
    path = folder / "table.csv"
    rows = "".join(f"{number};{TITLE} {number};{DESCRIPTION}\n" for number in range(_ROWS))
    path.write_text(f"ref;titre;description\n{rows}", encoding="utf-8")
    return path


def measure(runs: int) -> dict[str, dict[str, float]]:
    """Return medians in milliseconds, plain and guarded, and their difference."""
    photo, classifier = pictures(1)[0], shared_classifier()

    def decode(_run: int) -> object:
        return decode_image(photo)

    def answer(run: int) -> object:
        return classifier.classify(f"{TITLE} {run}", DESCRIPTION, decode_image(photo))

    with tempfile.TemporaryDirectory(prefix="rakuten-guard-") as folder:
        table = _table(Path(folder))
        calls: dict[str, tuple[Callable[[int], object], Callable[[int], object]]] = {
            "photo decoded": (decode, decode),
            "product answered": (answer, answer),
            f"table of {_ROWS} rows": (
                lambda _run: look_at(table),
                lambda _run: reading().run(look_at, table),
            ),
        }
        plain = {name: milliseconds(call, runs) for name, (call, _guarded) in calls.items()}
        guard()
        guarded = {name: milliseconds(call, runs) for name, (_plain, call) in calls.items()}
    sandbox.close()
    return {
        name: {
            "plain_ms": float(np.median(plain[name])),
            "guarded_ms": float(np.median(guarded[name])),
            "more_ms": float(np.median(guarded[name]) - np.median(plain[name])),
        }
        for name in calls
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=200)
    print(json.dumps(measure(parser.parse_args().runs), indent=1))
