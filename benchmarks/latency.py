"""How long one product takes, beside the same network through Keras: python -m benchmarks.latency.

Prints a Markdown table and, with `--json FILE`, writes the figures. Pictures are drawn at 500 x 500
pixels, as the catalogue's are, and decoded anew in every run.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rakuten_core.assets import Assets
from rakuten_core.sample import draw_product
from rakuten_core.service import Classifier
from rakuten_core.taxonomy import CODES

TITLE = "Piscine hors sol ronde 3,66 m avec échelle et pompe de filtration"
DESCRIPTION = (
    "<p>Liner bleu, structure en acier.</p> Montage en une heure, b&acirc;che fournie. " * 4
)


def milliseconds(call: Callable[[int], object], runs: int, warm_up: int = 10) -> np.ndarray:
    """Return the duration of each run in milliseconds, after a warm-up."""
    for run in range(warm_up):
        call(run)
    durations = np.empty(runs)
    for run in range(runs):
        start = time.perf_counter()
        call(run)
        durations[run] = 1000 * (time.perf_counter() - start)
    return durations


def _pictures(count: int) -> list[bytes]:
    generator = random.Random(0)
    pictures = []
    for number in range(count):
        buffer = io.BytesIO()
        draw_product(CODES[number % 27], 500, generator).save(buffer, "JPEG", quality=90)
        pictures.append(buffer.getvalue())
    return pictures


def _resident_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(runs: int) -> dict[str, dict[str, float]]:
    """Return median and 95th percentile in milliseconds per case, and other single figures."""
    pictures = _pictures(27)
    before = _resident_megabytes()
    start = time.perf_counter()
    classifier = Classifier.load()
    loading = 1000 * (time.perf_counter() - start)
    cases: dict[str, Callable[[int], object]] = {
        "text": lambda run: classifier.classify(TITLE, DESCRIPTION),
        "photo": lambda run: classifier.classify(image=pictures[run % 27]),
        "text and photo": lambda run: classifier.classify(TITLE, DESCRIPTION, pictures[run % 27]),
    }
    durations = {name: milliseconds(call, runs) for name, call in cases.items()}
    after = _resident_megabytes()

    command = [sys.executable, "-m", "rakuten_core", "classify", "--title", TITLE]
    durations["command line, from process start"] = milliseconds(
        lambda run: subprocess.run(command, check=True, capture_output=True), 5, warm_up=1
    )
    durations["the network alone through Keras predict"] = _keras(max(10, runs // 10))
    table = {
        name: {
            "median_ms": float(np.median(values)),
            "p95_ms": float(np.percentile(values, 95)),
            "runs": len(values),
        }
        for name, values in durations.items()
    }
    table["loading the models"] = {"median_ms": loading, "p95_ms": loading, "runs": 1}
    memory = {"before_mb": before, "after_mb": after}
    return {"latency": table, "memory": memory}


def _keras(runs: int) -> np.ndarray:
    """Time the same backbone through `keras`, on a picture that is already decoded."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    from rakuten_core.models.efficientnet_lite import imagenet_network

    image = Assets().model(Assets().model("fusion_stacked").manifest["image_model"])
    size = image.manifest["parameters"]["image_size"]
    network = imagenet_network("efficientnet_lite0", size)
    pixels = np.random.default_rng(0).uniform(-1, 1, (1, size, size, 3)).astype(np.float32)
    return milliseconds(lambda run: network.predict(pixels, verbose=0), runs, warm_up=3)


def markdown(figures: dict[str, dict[str, float]]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "",
        "| one product | median | 95th percentile | runs |",
        "|---|--:|--:|--:|",
    ]
    lines += [
        f"| {name} | {values['median_ms']:,.1f} ms | {values['p95_ms']:,.1f} ms "
        f"| {values['runs']:,} |"
        for name, values in figures["latency"].items()
    ]
    both = figures["latency"]["text and photo"]["median_ms"]
    keras = figures["latency"]["the network alone through Keras predict"]["median_ms"]
    lines += [
        "",
        f"Text and photo, decoding included, take 1/{keras / both:.1f} of what Keras takes for the "
        f"network alone. Resident memory: {figures['memory']['before_mb']:.0f} MB before loading "
        f"the models, {figures['memory']['after_mb']:.0f} MB after classifying.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--json", type=Path, help="also write the figures there")
    arguments = parser.parse_args()
    figures = measure(arguments.runs)
    print(markdown(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
