"""Functions in child processes, ended where they go beyond their budget."""

import itertools
import os
from pathlib import Path

import pytest

from rakuten_core.errors import CatalogError, LimitError
from rakuten_core.language import language, speaking
from rakuten_core.sandbox import Budget, Sandbox


def number_of_process() -> int:
    return os.getpid()


def refuse(reason: str) -> None:
    raise CatalogError(reason)


def take_memory(megabytes: int) -> int:
    return len(bytearray(megabytes * 2**20))


def go_on_for_ever() -> None:
    for _step in itertools.count():
        pass


def end_at_once() -> None:
    os._exit(9)


def write(path: Path, megabytes: int) -> int:
    return path.write_bytes(bytes(megabytes * 2**20))


@pytest.fixture(scope="module")
def sandbox():
    return Sandbox(Budget(seconds=2, memory_mb=100, output_mb=2))


def test_a_function_runs_in_another_process_in_the_callers_language(sandbox):
    assert sandbox.run(number_of_process) != os.getpid()
    with speaking("fr"):
        assert sandbox.run(language) == "fr"
    assert sandbox.run(language) == "en"


def test_its_own_error_is_the_callers(sandbox):
    with pytest.raises(CatalogError, match="no such column"):
        sandbox.run(refuse, "no such column")


def test_memory_time_and_files_have_limits_and_the_next_is_served(sandbox, tmp_path):
    assert sandbox.run(take_memory, 20) == 20 * 2**20
    with pytest.raises(LimitError, match="more than 100 MB of memory"):
        sandbox.run(take_memory, 2000)
    with pytest.raises(LimitError, match="more than 2 s"):
        sandbox.run(go_on_for_ever)
    with pytest.raises(LimitError, match="memory"):
        sandbox.run(end_at_once)
    with pytest.raises(OSError, match="File too large"):
        sandbox.run(write, tmp_path / "large", 10)
    assert sandbox.run(write, tmp_path / "small", 1) == 2**20
