"""The Ray engine answers as the local one does, row by row."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest
from PIL import Image

from rakuten_core.bulk.local_engine import classify_file
from rakuten_core.bulk.ray_engine import classify_with_ray
from rakuten_core.errors import CatalogError
from tests.conftest import encode

ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def cluster():
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("in")
    picture = tmp_path_factory.mktemp("photo") / "p.png"
    picture.write_bytes(encode(Image.new("RGB", (40, 40), "green")))
    photos = [None, picture.read_bytes(), str(picture).encode(), b"broken"]
    for shard in range(2):
        ids = [str(1000 * shard + number) for number in range(300)]
        pd.DataFrame(
            {
                "titre": [None if number == 7 else f"Coussin velours {number}" for number in ids],
                "productid": ids,
                "photo": [photos[1] if number == 3 else None for number in range(300)],
            }
        ).to_parquet(folder / f"part{shard}.parquet")
    return folder


def answers(path) -> pd.DataFrame:
    table = pq.read_table(path).to_pandas().drop(columns="shard", errors="ignore")
    return table.set_index("productid").sort_index()


@pytest.fixture(scope="module")
def answered(cluster, source, tmp_path_factory):
    """The answers of Ray, one of whose workers was killed meanwhile."""
    output = tmp_path_factory.mktemp("out") / "ray"
    with ThreadPoolExecutor() as pool:
        work = pool.submit(classify_with_ray, str(source), str(output))
        assert _kill_a_worker(work)
        assert work.result() == 600
    return output


def test_every_row_is_as_from_the_local_engine_though_a_worker_is_killed(
    classifier, source, answered, tmp_path
):
    classify_file(classifier, source, tmp_path / "local")
    pd.testing.assert_frame_equal(answers(answered), answers(tmp_path / "local"))


def _kill_a_worker(work) -> bool:
    """Kill the first process that holds the models, and return whether there was one."""
    while not work.done():
        for process in psutil.process_iter(["cmdline"]):
            if "Answerer" in " ".join(process.info["cmdline"] or []):
                process.kill()
                return True
    return False


def test_what_is_complete_is_not_answered_again(source, answered, tmp_path):
    output = tmp_path / "ray"
    shutil.copytree(answered, output)
    whole = answers(output)
    # A killed process leaves a file that is not complete.
    next((output / "shard=part1").glob("*.parquet")).write_bytes(b"PAR1")
    kept = {path: path.stat().st_mtime_ns for path in (output / "shard=part0").glob("*.parquet")}
    assert classify_with_ray(str(source), str(output)) == 600
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    pd.testing.assert_frame_equal(answers(output), whole)


def test_folders_that_do_not_fit_are_refused(cluster, source, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(CatalogError, match="holds no Parquet file"):
        classify_with_ray(str(empty), str(tmp_path / "out"))
    with pytest.raises(CatalogError, match="is the file to read"):
        classify_with_ray(str(source), str(source))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "_facts.json").write_text('{"models": "others"}')
    with pytest.raises(CatalogError, match="answers of other models"):
        classify_with_ray(str(source), str(tmp_path / "out"))
