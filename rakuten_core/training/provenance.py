"""Where a trained model comes from: its run, the code, the machine, the time that it took."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil

from rakuten_core.files import key_of, read_json, write_json

_SECONDS_BETWEEN_SAMPLES = 1.0
_SAMPLES_BETWEEN_WRITES = 10


def method_key(trainer: Any) -> str:
    """Return 16 hexadecimal digits that change with how a trainer learns, whatever the data."""
    return key_of(trainer.method_version, trainer.parameters())


@dataclass(frozen=True)
class Run:
    """What determines a trained model; another value of any of it is another model.

    Attributes:
        data: fingerprint of the catalogue.
        seed: of everything random.
        parameters: all hyper-parameters.
        method_version: of the code that learns and answers, raised by hand when it changes.
        below: the run keys of the models that it stands on.
    """

    data: str
    seed: int
    parameters: Mapping[str, Any]
    method_version: int
    below: Mapping[str, str]

    @property
    def key(self) -> str:
        """16 hexadecimal digits that stand for the run."""
        return key_of(self.data, self.seed, self.parameters, self.method_version, self.below)

    @classmethod
    def of_manifest(cls, manifest: Mapping[str, Any]) -> Self | None:
        """Return the run that a manifest describes; None if it was written before runs were."""
        try:
            return cls(
                manifest["data"]["fingerprint"],
                manifest["seed"],
                manifest["parameters"],
                manifest["method_version"],
                manifest["below"],
            )
        except KeyError:
            return None


def hardware() -> dict[str, Any]:
    """Return what this machine is: processor, cores, memory in GiB, system, and GPUs if any."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    found = {
        "processor": processor,
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
    }
    # Only what trains with Keras could have used a GPU.
    if keras := sys.modules.get("keras"):
        found["gpus"] = len([each for each in keras.distribution.list_devices() if "gpu" in each])
    return found


def _gpu() -> str | None:
    """Return what the first GPU is called, if JAX knows one."""
    jax = sys.modules.get("jax")
    if jax is None or jax.default_backend() != "gpu":
        return None
    return jax.devices()[0].device_kind


def git_state() -> dict[str, Any] | None:
    """Return the commit and whether the tree differs from it, `assets/` aside; None without git."""
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        command = ["git", *arguments]
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        # Training writes to assets/, and that is no change of what it was trained with.
        changed = git("status", "--porcelain", "--", ":/", ":(exclude,top)assets")
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(changed)}
    except (OSError, subprocess.CalledProcessError):
        return None


class RunClock:
    """Counts seconds and peak memory of a run over all the processes that take part.

    Each process keeps its own count in the folder, so that one that is killed is counted too, up to
    ten seconds before its end. The counts stay, as the checkpoints do: a run that is done again
    from these counts what went into them.

    Args:
        folder: of this run alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"process-{uuid.uuid4().hex}.json"
        self._process = psutil.Process()
        self._stop = threading.Event()
        self._writing = threading.Lock()
        self._peak = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._start = time.perf_counter()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._watcher.join()
        self._write()

    def totals(self) -> dict[str, Any]:
        """Return `train_seconds`, `processes`, `peak_memory_bytes` and `gpus` so far."""
        self._write()
        records = [read_json(path) for path in self._folder.glob("process-*.json")]
        return {
            "train_seconds": round(sum(each["seconds"] for each in records), 1),
            "processes": len(records),
            "peak_memory_bytes": max(each["peak_memory_bytes"] for each in records),
            "gpus": sorted({each["gpu"] for each in records if each.get("gpu")}),
        }

    def _watch(self) -> None:
        samples = 0
        while not self._stop.wait(_SECONDS_BETWEEN_SAMPLES):
            self._sample()
            samples += 1
            if samples % _SAMPLES_BETWEEN_WRITES == 0:
                self._write()

    def _sample(self) -> None:
        self._peak = max(self._peak, self._process.memory_info().rss)

    def _write(self) -> None:
        with self._writing:
            self._sample()
            seconds = time.perf_counter() - self._start
            write_json(
                self._path,
                {"seconds": seconds, "peak_memory_bytes": self._peak, "gpu": _gpu()},
            )
