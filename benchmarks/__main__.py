"""What one person waits for, one benchmark after the other: python -m benchmarks [--json FILE].

Load, reliability and runtimes have commands of their own: `load`, `api`, `soak`, `kills`, `fuzz`,
`runtimes`. Prints Markdown. Each part runs in a process of its own, so that none carries another's
memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from benchmarks.measure import TITLE, in_own_process, milliseconds, summary

_PRODUCTS = 84_916


def measure(runs: int) -> Iterator[tuple[str, Any]]:
    """Run every benchmark and yield its name and figures."""
    command = [sys.executable, "-m", "rakuten_core", "classify", "--title", TITLE]
    yield "answers", in_own_process("benchmarks.answers", str(runs))
    yield (
        "cold start",
        summary(
            milliseconds(
                lambda run: subprocess.run(command, check=True, capture_output=True), 5, warm_up=1
            )
        ),
    )
    yield "competitors", in_own_process("benchmarks.competitors", str(max(10, runs // 10)))
    yield "pages", in_own_process("benchmarks.pages", "5")
    yield "text training", in_own_process("benchmarks.text_training", str(_PRODUCTS))


def markdown(figures: dict[str, Any]) -> str:
    """Return the figures as Markdown tables."""
    answers = figures["answers"]
    rows = {
        **answers["latency"],
        "command line, from process start": figures["cold start"],
        **figures["competitors"],
    }
    lines = [
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "",
        "| one product | median | 95th percentile | runs |",
        "|---|--:|--:|--:|",
    ]
    lines += [
        f"| {name} | {each['median_ms']:,.1f} ms | {each['p95_ms']:,.1f} ms | {each['runs']:,} |"
        for name, each in rows.items()
    ]
    lines += ["", "| page | first view | widget |", "|---|--:|--:|"]
    for name, each in figures["pages"].items():
        widget = f"{each['widget']['median_ms']:,.0f} ms" if "widget" in each else ""
        lines.append(f"| {name} | {each['first_view']['median_ms']:,.0f} ms | {widget} |")
    memory, training = answers["memory_mb"], figures["text training"]
    lines.append("")
    lines += [
        f"- {name}: {value:,.0f} products per second"
        for name, value in answers["products_per_second"].items()
    ]
    lines += [
        f"- resident memory {memory['after']:,.0f} MB after answering ({memory['before']:,.0f} MB "
        f"before loading the models; peak {memory['peak']:,.0f} MB)",
        f"- text_linear on {training['products']:,} made-up products: one fit takes "
        f"{training['seconds']:,.0f} s and {training['peak_memory_mb']:,.0f} MB at its peak, for "
        f"{training['features']:,} features",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--json", type=Path, help="also write the figures there")
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}
    bar = tqdm(measure(arguments.runs), "Benchmarks", 5, unit="part")
    for name, part in bar:
        figures[name] = part
        if arguments.json:
            arguments.json.write_text(json.dumps(figures, indent=1) + "\n")
    print(markdown(figures))


if __name__ == "__main__":
    main()
