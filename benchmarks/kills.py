"""Commands killed at random moments and run again; prints JSON: python -m benchmarks.kills [KILLS]

`train`, `explore`, `labels` and `classify` run on the sample catalogue, once undisturbed and then
again and again with `kill -9` at a moment drawn at random, followed by the same command. What is
there in the end must be the same, byte for byte but for times and dates. Also counts the files of
checkpoints and chunks that were finished before the kill and written again after it: none should
be. The process that answers a server's catalogues is killed too (`benchmarks.worker_kills`).
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tqdm.auto import tqdm

from benchmarks import worker_kills
from benchmarks.measure import ROOT
from rakuten_core import registry
from rakuten_core.data.sample import write_sample

_KILLS = 24
_ROWS = 5_000
# What a run says of itself differs from run to run.
_OF_THE_RUN = {"manifest.json", "latency.json"}


@dataclass(frozen=True)
class Command:
    """A command and where its results and its unfinished work lie, below a folder of its own.

    Attributes:
        arguments: of `python -m rakuten_core`; `{own}` stands for the folder.
        results: patterns of the files that must be the same.
        kept: patterns of the files that an interruption must not cost.
    """

    arguments: tuple[str, ...]
    results: tuple[str, ...]
    kept: tuple[str, ...]


def commands(shared: Path) -> dict[str, Command]:
    """Return the commands; `shared` holds what they read."""
    data, own = (
        ("--data", str(shared / "data")),
        ("--work", "{own}/work", "--assets", "{own}/assets"),
    )
    return {
        "train": Command(
            ("train", *data, *own, "--models", "text_linear,image_linear"),
            ("assets/models/*/test_probabilities.parquet", "assets/models/*/*.npz"),
            ("work/**/*.npz", "work/**/*.npy"),
        ),
        "explore": Command(("explore", *data, *own), ("assets/statistics/*",), ("work/**/*.npz",)),
        "labels": Command(
            ("labels", *data, *own), ("assets/labels/suspicious.parquet",), ("work/**/*.npz",)
        ),
        "classify": Command(
            ("classify", str(shared / "X.csv"), "--output", "{own}/OUT.csv"),
            ("OUT.csv",),
            (".OUT.csv.parts/*.csv",),
        ),
    }


def prepared(shared: Path) -> None:
    """Write the catalogue, a longer file of its texts, and a trained model for `labels`."""
    write_sample(shared / "data", per_type=14, image_size=64)
    with (shared / "data" / "X_train_update.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    with (shared / "X.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows[number % len(rows)] for number in range(_ROWS))
    base = shared / "base"
    models = ("--models", registry.LABEL_MODEL)
    own = ("--work", "{own}/work", "--assets", "{own}/assets")
    _finish(Command(("train", "--data", str(shared / "data"), *own, *models), (), ()), base)


def _start(
    command: Command, own: Path, log: IO[bytes] | int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    arguments = [part.replace("{own}", str(own)) for part in command.arguments]
    return subprocess.Popen(
        [sys.executable, "-m", "rakuten_core", *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=log,
    )


def _finish(command: Command, own: Path) -> float:
    start = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        if _start(command, own, log).wait() != 0:
            log.seek(0)
            said = log.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{command.arguments[0]} failed: {said}")
    return time.perf_counter() - start


def _files(own: Path, patterns: tuple[str, ...]) -> list[Path]:
    found = {path for pattern in patterns for path in own.glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.name not in _OF_THE_RUN)


def _digests(command: Command, own: Path) -> dict[str, str]:
    return {
        str(path.relative_to(own)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in _files(own, command.results)
    }


def _fresh(name: str, shared: Path, own: Path) -> None:
    shutil.rmtree(own, ignore_errors=True)
    if name == "labels":
        # It ranks by a model that has been trained.
        shutil.copytree(shared / "base", own)
    else:
        own.mkdir(parents=True)


def main(kills: int) -> None:
    """Measure and print."""
    generator = random.Random(0)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="rakuten-kills-") as folder:
        shared, own = Path(folder), Path(folder) / "own"
        prepared(shared)
        bar = tqdm(total=kills, unit="kill")
        for name, command in commands(shared).items():
            _fresh(name, shared, own)
            seconds = _finish(command, own)
            expected = _digests(command, own)
            part = {"seconds": round(seconds, 1), "kills": 0, "same": 0, "written_again": 0}
            for _ in range(kills // 4):
                _fresh(name, shared, own)
                process = _start(command, own)
                time.sleep(generator.uniform(0.3, 0.95) * seconds)
                process.kill()
                process.wait()
                before = {path: path.stat().st_mtime_ns for path in _files(own, command.kept)}
                _finish(command, own)
                part["kills"] += 1
                part["same"] += _digests(command, own) == expected and bool(expected)
                part["written_again"] += sum(
                    path.is_file() and path.stat().st_mtime_ns != when
                    for path, when in before.items()
                )
                bar.update()
            figures[name] = part
    figures["catalogue"] = worker_kills.measure(kills // 4)
    print(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _KILLS)
