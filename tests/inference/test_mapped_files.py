import mmap
import sys
from pathlib import Path

import pytest

from rakuten_core.errors import AssetError
from rakuten_core.inference.mapped_files import release_pages
from rakuten_core.inference.models.lite_network import LiteNetwork


def resident(path: Path) -> int:
    """Return how many kilobytes of a mapped file are in this process's memory."""
    lines = iter(Path("/proc/self/smaps").read_text().splitlines())
    kilobytes = 0
    for line in lines:
        if line.endswith(str(path)):
            kilobytes += next(int(each.split()[1]) for each in lines if each.startswith("Rss:"))
    return kilobytes


@pytest.mark.skipif(sys.platform != "linux", reason="pages are given back on Linux")
def test_pages_are_given_back_and_read_again(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 2**20)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert mapped[:] == b"x" * 2**20 and resident(path) >= 1000
        release_pages(path)
        assert resident(path) == 0
        assert mapped[:] == b"x" * 2**20


def test_other_files_are_left_alone(tmp_path):
    release_pages(tmp_path / "not mapped")


def test_a_network_that_waits_is_missed_at_once_and_found_damaged_when_asked(tmp_path):
    with pytest.raises(AssetError, match="is missing"):
        LiteNetwork(tmp_path / "network.tflite", lazily=True)
    path = tmp_path / "network.tflite"
    path.write_bytes(b"no network")
    waiting = LiteNetwork(path, lazily=True)
    with pytest.raises(AssetError, match="cannot be loaded"):
        _size = waiting.image_size
