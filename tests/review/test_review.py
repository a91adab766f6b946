"""The review queue, on SQLite and on PostgreSQL."""

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from rakuten_core.data.corrections import corrected, read_corrections
from rakuten_core.errors import CatalogError, ReviewError
from rakuten_core.review.database import open_database, transaction
from rakuten_core.review.export import corrections_csv
from rakuten_core.review.items import ReviewItem, items_of_answers, items_of_labels
from rakuten_core.review.queue import ReviewQueue, Wanted, delete_queue

ALL = Wanted(1.0)


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'store' / 'review.db'}"


POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    """The URL of an empty PostgreSQL, started for these tests and stopped after them."""
    if POSTGRES is None:
        pytest.skip("no PostgreSQL found: apt-get install postgresql")
    folder = tmp_path_factory.mktemp("postgres")
    # PostgreSQL does not run as root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        for each in (folder, *list(folder.parents)[:3]):
            each.chmod(0o755)
        shutil.chown(folder, "postgres")

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, capture_output=True, cwd="/")

    data = str(folder / "data")
    run(f"{POSTGRES}/initdb", "-D", data, "-U", "reviewer", "--auth=trust")
    options = f"-c listen_addresses='' -k {folder}"
    log = str(folder / "log")
    run(f"{POSTGRES}/pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start")
    yield f"postgresql+psycopg://reviewer@/postgres?host={folder}"
    run(f"{POSTGRES}/pg_ctl", "-D", data, "-m", "immediate", "stop")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    found = request.getfixturevalue("postgres")
    engine = open_database(found)
    with transaction(engine) as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return found


@pytest.fixture
def engine(url):
    engine = open_database(url)
    yield engine
    engine.dispose()


def item(row: int, probability: float, **changed) -> ReviewItem:
    values = {
        "row": row,
        "productid": str(100 + row),
        "imageid": None,
        "photo": None,
        "title": f"Title {row}",
        "description": None,
        "given": None,
        "answered": 10,
        "codes": [10, 2280, 40],
        "probabilities": [probability, (1 - probability) / 2, (1 - probability) / 2],
        "text_code": 10,
        "image_code": None,
        "probability": probability,
        "disagrees": False,
        "label_differs": False,
        "damage": 0.0,
    }
    return ReviewItem(**(values | changed))


@pytest.fixture
def queue(engine) -> ReviewQueue:
    items = [item(0, 0.9), item(1, 0.3, damage=0.1), item(2, 0.5, damage=0.9, answered=40)]
    return ReviewQueue.create(engine, "key", "mine.csv", items)


def test_what_is_wanted_comes_in_the_order_that_is_asked_for(queue):
    assert queue.progress(Wanted(0.6)).wanted == 2 and queue.progress(ALL).wanted == 3
    assert queue.next("ana", Wanted(0.6))["row"] == 1
    # It stays hers until she decides, whatever the order.
    assert queue.next("ana", Wanted(0.6), "damage")["row"] == 1
    assert queue.next("ben", Wanted(0.6), "damage")["row"] == 2
    assert queue.next("eve", Wanted(0.6)) is None
    assert queue.next("eve", ALL)["row"] == 0
    assert queue.rows(Wanted(0.6, answered=(40,)))[0]["row"] == 2


def test_labels_that_differ_and_inputs_that_disagree_are_wanted_at_any_limit(engine):
    items = [item(0, 0.99), item(1, 0.99, disagrees=True), item(2, 0.99, label_differs=True)]
    queue = ReviewQueue.create(engine, "other", "x", items)
    assert [row["row"] for row in queue.rows(Wanted(0.0))] == [1, 2]


def test_decisions_are_kept_and_can_be_taken_back(queue, engine):
    first = queue.next("ana", ALL)
    queue.decide(first["id"], "ana", 10)
    second = queue.next("ana", ALL)
    queue.decide(second["id"], "ana", 2280)
    found = queue.progress(ALL)
    assert (found.decided, found.corrected) == (2, 1)
    assert queue.undo("ben") is None
    assert queue.undo("ana") == second["id"]
    assert queue.next("ana", ALL)["id"] == second["id"]
    assert queue.progress(ALL).decided == 1
    assert [(row["action"], row["before"], row["after"]) for row in queue.history()] == [
        ("decide", 10, 10),
        ("decide", 40, 2280),
        ("undo", 2280, 40),
    ]
    # Another server finds the same.
    assert ReviewQueue(engine, "key").progress(ALL) == queue.progress(ALL)


def test_a_skipped_product_comes_last(queue):
    first = queue.next("ana", ALL)
    queue.skip(first["id"], "ana")
    rows = []
    for _turn in range(3):
        found = queue.next("ana", ALL)
        rows.append(found["row"])
        queue.decide(found["id"], "ana", 10)
    assert rows == [2, 0, 1] and queue.next("ana", ALL) is None


def test_nobody_decides_for_another(queue):
    hers = queue.next("ana", ALL)
    with pytest.raises(ReviewError, match="Someone else"):
        queue.decide(hers["id"], "ben", 10)
    with pytest.raises(ReviewError, match="none of the 27"):
        queue.decide(hers["id"], "ana", 11)
    everything = [row["id"] for row in queue.rows(ALL)]
    assert queue.decide_many(everything, "ben") == 2
    queue.decide(hers["id"], "ana", 2280)
    with pytest.raises(ReviewError, match="Someone else"):
        queue.decide(hers["id"], "ben", 10)
    assert [(row["row"], row["decided"], row["decided_by"]) for row in queue.decided()] == [
        (0, 10, "ben"),
        (1, 2280, "ana"),
        (2, 40, "ben"),
    ]


def test_two_people_never_get_the_same_product(url):
    ReviewQueue.create(open_database(url), "many", "x", [item(row, 0.5) for row in range(60)])

    def work(name: str) -> list[int]:
        queue, mine = ReviewQueue(open_database(url), "many"), []
        while (found := queue.next(name, ALL)) is not None:
            mine.append(found["row"])
            queue.decide(found["id"], name, 10)
        return mine

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, ("ana", "ben", "eve", "max")))
    assert sorted(row for rows in found for row in rows) == list(range(60))
    engine = open_database(url)
    assert len(ReviewQueue(engine, "many").history()) == 60


_DECIDES = """
import sys
from rakuten_core.review.database import open_database
from rakuten_core.review.queue import ReviewQueue, Wanted
queue = ReviewQueue(open_database(sys.argv[1]), "key")
while (found := queue.next("ana", Wanted(1.0))) is not None:
    queue.decide(found["id"], "ana", 2280)
    print(found["row"], flush=True)
"""


def test_what_was_confirmed_is_there_after_kill(url):
    engine = open_database(url)
    queue = ReviewQueue.create(engine, "key", "x", [item(row, 0.5) for row in range(200)])
    process = subprocess.Popen(
        [sys.executable, "-c", _DECIDES, url], stdout=subprocess.PIPE, text=True
    )
    confirmed = [int(process.stdout.readline()) for _decision in range(10)]
    process.send_signal(signal.SIGKILL)
    confirmed += [int(line) for line in process.stdout.read().split()]
    process.wait()
    decided = {row["row"] for row in queue.decided()}
    # The last one may have been kept and not confirmed yet.
    assert set(confirmed) <= decided and len(decided) <= len(confirmed) + 1


def test_a_deleted_queue_leaves_no_text_behind(engine, queue):
    found = queue.next("ana", ALL)
    queue.decide(found["id"], "ana", 10)
    ReviewQueue.create(engine, "other", "x", [item(0, 0.5)])
    delete_queue(engine, "key")
    delete_queue(engine, "key")
    with pytest.raises(ReviewError, match="nothing to review"):
        ReviewQueue(engine, "key")
    with transaction(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM review_item")) == 1
        assert connection.scalar(text("SELECT count(*) FROM review_decision")) == 0


def test_a_queue_is_made_once_and_unknown_ones_are_refused(engine, queue):
    again = ReviewQueue.create(engine, "key", "other", [item(9, 0.1)])
    assert again.name == "mine.csv" and again.progress(ALL).wanted == 3
    with pytest.raises(ReviewError, match="nothing to review"):
        ReviewQueue(engine, "unknown")


def test_databases_that_cannot_be_used_are_told(tmp_path):
    with pytest.raises(ReviewError, match="cannot be kept"):
        open_database("nonsense://")
    url = sqlite_url(tmp_path)
    with transaction(open_database(url)) as connection:
        connection.execute(text("UPDATE review_version SET number = 99"))
    with pytest.raises(ReviewError, match="version 99"):
        open_database(url)


def test_items_tell_why_a_product_may_need_a_look():
    table = pd.DataFrame(
        {
            "title": ["a", "b", None],
            "description": [None] * 3,
            "productid": ["1", "2", "3"],
            "imageid": [None] * 3,
            "photo": [None] * 3,
            "given": ["40", "10.0", "nonsense"],
            "codes": [[10, 40], [10, 2280], None],
            "probabilities": [[0.6, 0.3], [0.5, 0.5], None],
            "text_code": [10, 10, None],
            "text_probability": [0.9, 0.9, None],
            "image_code": [40, 40, None],
            "image_probability": [0.8, 0.4, None],
        }
    )
    first, second, third = items_of_answers(table)
    assert (first.given, first.label_differs, first.disagrees) == (40, True, True)
    # Of 0.9 that are known, 0.6 are outside the domain that the file puts it in.
    assert first.damage == pytest.approx(0.6 / 0.9)
    assert (second.given, second.label_differs, second.disagrees) == (10, False, False)
    assert second.damage == 0.0
    assert (third.given, third.answered, third.probability, third.damage) == (None, None, 0, 1)
    labels = pd.DataFrame(
        {
            "productid": [5],
            "given": [40],
            "suggested": [10],
            "given_probability": [0.1],
            "suggested_probability": [0.8],
        }
    )
    (label,) = items_of_labels(labels)
    assert label.codes == [10, 40] and label.label_differs and label.title is None


def test_decisions_teach(queue, catalog, tmp_path):
    products = catalog.products
    ids = {
        split: int(products.loc[products["split"] == split, "productid"].iloc[0])
        for split in ("train", "validation", "test")
    }
    lines = [",prdtypecode,productid,before,reviewer,decided_at,designation,description"]
    lines += [f"0,2583,{number},10,ana,now,x," for number in ids.values()]
    lines += ["0,1920,new-1,10,ana,now,Coussin jamais vu,", "0,1920,new-2,10,ana,now,,"]
    title = products.loc[products["split"] == "test", "designation"].iloc[3]
    lines += [f'0,1920,new-3,10,ana,now,"{title}",']
    path = tmp_path / "corrections.csv"
    path.write_text("\n".join(lines))
    found = corrected(catalog, read_corrections(path))
    assert (found.changed + found.confirmed, found.test, found.others) == (2, 1, 1)
    labels = found.catalog.products.set_index("productid")["prdtypecode"]
    before = products.set_index("productid")["prdtypecode"]
    assert labels[ids["train"]] == labels[ids["validation"]] == 2583
    assert labels[ids["test"]] == before[ids["test"]]
    other = found.catalog.products[found.catalog.products["productid"] < 0]
    assert other[["designation", "prdtypecode", "split"]].values.tolist() == [
        ["Coussin jamais vu", 1920, "train"]
    ]
    assert found.catalog.fingerprint != catalog.fingerprint
    assert list(found.catalog.products.dtypes) == list(products.dtypes)


def test_the_export_is_what_training_reads(queue, tmp_path):
    found = queue.next("ana", ALL)
    queue.decide(found["id"], "ana", 2280)
    path = tmp_path / "corrections.csv"
    path.write_bytes(corrections_csv(queue))
    header, line = path.read_text().splitlines()
    assert header.startswith(",prdtypecode,productid,before,reviewer,decided_at")
    assert line.startswith(f"{found['row']},2280,{found['productid']},10,ana,20")
    assert read_corrections(path)["prdtypecode"].tolist() == [2280]
    path.write_text("prdtypecode,productid\n11,5\n")
    with pytest.raises(CatalogError, match="row 1: '11' is not one of"):
        read_corrections(path)


def test_decisions_are_kept_again_after_their_file_was_removed_or_replaced(tmp_path):
    folder = tmp_path / "store"
    engine = open_database(sqlite_url(tmp_path))
    for change in (shutil.rmtree, lambda place: place.rename(tmp_path / "moved")):
        assert kept_after(engine, "before") == {"before"}
        change(folder)
        # What is kept from now on is in the file that is there, not in the one that is gone.
        assert kept_after(engine, "after") == {"after"}
        assert queue_names(open_database(sqlite_url(tmp_path))) == {"after"}
        delete_queue(engine, "after")


def kept_after(engine, name: str) -> set[str]:
    ReviewQueue.create(engine, name, name, [item(0, 0.9)])
    return queue_names(engine)


def queue_names(engine) -> set[str]:
    with transaction(engine) as connection:
        return set(connection.scalars(text("SELECT name FROM review_queue")))
