"""Writing files so that a reader never sees half of one, and reading them back safely."""

import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rakuten_core.errors import AssetError
from rakuten_core.language import _

_PART_BYTES = 20_000_000


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` and rename it to `path` when the block succeeds.

    The folder is made if it is missing. When the block raises, the temporary file is removed and
    what stood at `path` before stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays last: writers such as numpy choose their format by it. No two writers share a
    # name, be they threads; and no name is longer than file systems take.
    temporary = path.with_name(f".{path.stem[:60]}.{uuid.uuid4().hex}.tmp{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def key_of(*facts: Any) -> str:
    """Return 16 hexadecimal digits that change when any of the facts changes."""
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_parts(path: Path, content: bytes) -> None:
    """Write a file, or numbered parts of 20 MB if it is larger than that.

    Repositories and hosts refuse large files: `network.gz` becomes `network.gz.0`, `network.gz.1`.
    """
    old = parts_of(path)
    new = [path]
    if len(content) <= _PART_BYTES:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    else:
        starts = range(0, len(content), _PART_BYTES)
        new = [path.with_name(f"{path.name}.{number}") for number in range(len(starts))]
        for part, start in zip(new, starts, strict=True):
            with replacing(part) as temporary:
                temporary.write_bytes(content[start : start + _PART_BYTES])
    for part in set(old) - set(new):
        part.unlink()


def parts_of(path: Path) -> list[Path]:
    """Return the files that `write_parts` wrote for a path, in order; none if there are none."""
    if path.is_file():
        return [path]
    parts = path.parent.glob(f"{path.name}.[0-9]*")
    return sorted(parts, key=lambda part: int(part.suffix[1:]))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of an `.npz` file; pickled objects in it are refused.

    Raises:
        AssetError: the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as error:
        # NumPy and zipfile raise what they will on damaged files: zlib.error, TypeError, ...
        raise AssetError(
            _("{path} cannot be read: {error}.").format(path=path, error=error)
        ) from error


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray], compressed: bool = True) -> None:
    """Write an `.npz` file in one step."""
    write = np.savez_compressed if compressed else np.savez
    with replacing(path) as temporary:
        write(temporary, **arrays)  # type: ignore[arg-type]


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file, indented, in one step."""
    with replacing(path) as temporary:
        temporary.write_text(
            json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        AssetError: the file is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AssetError(
            _("{path} cannot be read: {error}.").format(path=path, error=error)
        ) from error
