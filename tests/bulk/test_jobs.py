"""Catalogues that people have classified: work that goes on, files that are complete."""

import csv
import zipfile
from concurrent.futures import ThreadPoolExecutor

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from rakuten_core.bulk.downloads import write_result
from rakuten_core.bulk.job_runner import JobRunner
from rakuten_core.bulk.jobs import ANSWERS_FILE, MEASURES_FILE, JobStore
from rakuten_core.data.product_columns import TableLayout
from rakuten_core.errors import AssetError, CatalogError
from rakuten_core.language import speaking

COLUMNS = {"designation": "titre", "productid": "ref"}


class EndedError(BaseException):
    """Stands for a killed process."""


class Killed:
    """A classifier whose process is killed after some chunks."""

    def __init__(self, classifier, chunks: int) -> None:
        self.classifier, self.left, self.asked = classifier, chunks, 0
        self.fingerprint = classifier.fingerprint

    def classify_many(self, rows, images, top):
        if self.left == 0:
            raise EndedError
        self.left -= 1
        self.asked += len(rows)
        return self.classifier.classify_many(rows, images, top)


def table(rows: int) -> str:
    lines = [f"{number};Coussin velours {number};=1+{number}" for number in range(rows)]
    return "ref;titre;note\n" + "\n".join(lines) + "\n"


def new_job(store: JobStore, content: str, columns=COLUMNS, most: int = 20_000):
    key, folder = store.new_folder()
    (folder / "source.csv").write_text(content)
    return key, store.create(key, "mes produits.csv", TableLayout(columns), most)


@pytest.fixture
def store(tmp_path) -> JobStore:
    return JobStore(tmp_path / "catalogues")


def test_a_job_goes_on_after_a_kill_and_ends_like_an_undisturbed_one(classifier, store):
    _key, whole = new_job(store, table(500))
    JobRunner(store, lambda: classifier).run(whole)
    key, job = new_job(store, table(500))
    assert job.state == "waiting"
    with pytest.raises(EndedError):
        JobRunner(store, lambda: Killed(classifier, 1)).run(job)
    # Another process finds it by its address.
    again = JobStore(store.folder).open(key)
    assert again.state == "running" and again.progress.rows == 100
    rest = Killed(classifier, 99)
    JobRunner(store, lambda: rest).run(again)
    assert again.state == "done" and rest.asked == 400
    assert pq.read_table(again.folder / ANSWERS_FILE).equals(
        pq.read_table(whole.folder / ANSWERS_FILE)
    )
    assert not (again.folder / "chunks").exists()


def test_a_stopped_job_waits_until_it_is_told_to_go_on(classifier, store):
    _key, job = new_job(store, table(500))
    job.stop()
    JobRunner(store, lambda: classifier).run(job)
    assert job.state == "stopped" and list(store.unfinished()) == []
    job.go_on()
    assert [each.folder for each in store.unfinished()] == [job.folder]
    JobRunner(store, lambda: classifier).run(job)
    assert job.state == "done"


def test_jobs_are_worked_on_in_turns(classifier, store):
    jobs = [new_job(store, table(250))[1] for _number in range(2)]
    runner = JobRunner(store, lambda: classifier)
    assert runner.turn() and [job.progress.rows for job in jobs] == [100, 100]
    while runner.turn():
        pass
    assert [job.state for job in jobs] == ["done", "done"]


def test_a_step_that_ended_its_process_twice_is_not_tried_again(classifier, store):
    _key, job = new_job(store, table(250))
    for _attempt in range(2):
        with pytest.raises(EndedError):
            JobRunner(store, lambda: Killed(classifier, 0)).run(job)
    JobRunner(store, lambda: classifier).run(job)
    assert job.state == "failed" and "ended 2 times without a result" in job.problem
    job.go_on()
    JobRunner(store, lambda: classifier).run(job)
    assert job.state == "done"


def test_a_deleted_catalogue_is_not_found(store):
    key, job = new_job(store, table(3))
    job.delete()
    with pytest.raises(CatalogError, match="no catalogue at this address"):
        store.open(key)
    with pytest.raises(CatalogError, match="no catalogue at this address"):
        store.open("../../etc")


def test_what_is_wrong_with_one_catalogue_does_not_hold_up_the_next(classifier, store):
    class Broken:
        fingerprint = "broken"

        def classify_many(self, *_given, **_settings):
            raise ZeroDivisionError

    _key, job = new_job(store, table(3))
    JobRunner(store, Broken).run(job)
    assert job.state == "failed" and "its log says why" in job.problem
    job.go_on()
    JobRunner(store, lambda: classifier).run(job)
    assert job.state == "done"


def test_half_an_emoji_is_written_as_what_cannot_be_read(classifier, store):
    key, folder = store.new_folder()
    (folder / "source.jsonl").write_text('{"titre": "Lampe \\ud83d", "ref": "\\ud83d1"}\n')
    job = store.create(key, "mine.jsonl", TableLayout(COLUMNS), 9)
    JobRunner(store, lambda: classifier).run(job)
    found = pd.read_parquet(job.folder / ANSWERS_FILE)
    assert (found["title"][0], found["productid"][0]) == ("Lampe \ufffd", "\ufffd1")
    assert "Lampe \ufffd" in write_result(job, "csv").read_text("utf-8-sig")


def test_a_catalogue_that_is_deleted_while_it_is_worked_on_is_gone(classifier, store):
    _key, job = new_job(store, table(500))

    class Deleting(Killed):
        def classify_many(self, rows, images, top):
            job.delete()
            return super().classify_many(rows, images, top)

    asked = Deleting(classifier, 99)
    JobRunner(store, lambda: asked).run(job)
    assert asked.asked == 100 and not job.folder.exists()
    assert list(store.unfinished()) == []


def test_what_is_wrong_with_a_photo_is_said_in_the_language_of_the_catalogue(classifier, store):
    key, folder = store.new_folder()
    (folder / "source.csv").write_text("titre;photo\nObjet;p.jpg\n")
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        archive.writestr("p.jpg", b"no picture")
    with speaking("fr"):
        job = store.create(key, "m.csv", TableLayout(), 9)
    JobRunner(store, lambda: classifier).run(job)
    (problem,) = pd.read_parquet(job.folder / ANSWERS_FILE)["error"]
    assert "n’est pas une image" in problem or "n'est pas une image" in problem


def test_each_language_has_a_result_of_its_own(done):
    names = {}
    for spoken in ("en", "fr", "en"):
        with speaking(spoken):
            (names[spoken], *_rest) = pd.read_csv(write_result(done, "csv"))["label_answered"]
    assert names["en"] != names["fr"]


def test_the_address_is_not_to_be_read_off_the_disk(store):
    key, job = new_job(store, table(1))
    assert key not in str(job.folder) and len(key) >= 20
    assert all(key not in path.read_text() for path in job.folder.glob("*.json"))


@pytest.mark.parametrize(
    ("content", "most", "says"),
    [
        ("ref;titre\n", 9, "no rows"),
        (table(10), 9, "more than 9 rows"),
        ("", 9, "its first row must name the columns"),
    ],
)
def test_catalogues_that_cannot_be_worked_on_are_refused(store, content, most, says):
    with pytest.raises(CatalogError, match=says):
        new_job(store, content, most=most)
    assert list(store.unfinished()) == []


@pytest.fixture
def done(classifier, store):
    content = (
        "ref;titre;label;note\n1;Coussin velours vert;=A1;x\n2;;y;+1\n3;Piscine gonflable;z;\n"
    )
    _key, job = new_job(store, content)
    JobRunner(store, lambda: classifier).run(job)
    return job


def test_the_result_is_complete_in_order_and_runs_no_formula(done, classifier):
    best = classifier.classify("Coussin velours vert").best
    with write_result(done, "csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["ref"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["label"] == "'=A1" and rows[0]["note"] == "x"
    assert rows[0]["prdtypecode"] == str(best.product_type.code)
    assert rows[0]["label_answered"].startswith(f"{best.product_type.code} ")
    assert rows[0]["probability"] == f"{best.probability:.4f}"
    assert rows[1]["prdtypecode"] == "" and "no title" in rows[1]["error"]
    frame = pd.read_parquet(write_result(done, "parquet"))
    assert frame["label"].tolist() == ["=A1", "y", "z"]
    sheet = openpyxl.load_workbook(write_result(done, "xlsx")).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[1][2] == "'=A1" and cells[1][6] == pytest.approx(best.probability, abs=1e-4)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_only_what_needs_a_look_can_be_taken(done):
    frame = pd.read_parquet(done.folder / ANSWERS_FILE)
    limit = float(frame["probability"].max())
    kept = pd.read_parquet(write_result(done, "parquet", limit))
    wanted = frame[~(frame["probability"] >= limit)]
    assert kept["ref"].tolist() == wanted["productid"].tolist() and "2" in set(kept["ref"])


def test_what_the_products_are_like_is_measured(done):
    measures = pd.read_parquet(done.folder / MEASURES_FILE)
    assert measures["title_characters"].tolist() == [20, 0, 17]
    assert measures["words"].map(list).tolist()[0] == ["coussin", "velours", "vert"]
    assert not measures["has_photo"].any()


def test_the_oldest_that_are_done_make_room_and_what_waits_stays(classifier, store):
    jobs = [new_job(store, table(3))[1] for _number in range(3)]
    for job in jobs[:2]:
        JobRunner(store, lambda: classifier).run(job)
    asked: list[str] = []
    store.make_room(0, sum(job.size for job in jobs) - 1, asked.append)
    assert asked == [jobs[0].folder.name]
    assert [job.deleted for job in jobs] == [True, False, False]
    with pytest.raises(CatalogError, match="no room for another catalogue"):
        store.make_room(10, 5)
    assert not jobs[2].deleted


def test_one_visitor_does_not_shut_out_the_others(store):
    for _number in range(5):
        key, folder = store.new_folder()
        (folder / "source.csv").write_text(table(1))
        store.create(key, "m.csv", TableLayout(COLUMNS), 9, "one")
    key, folder = store.new_folder()
    (folder / "source.csv").write_text(table(1))
    with pytest.raises(CatalogError, match="Too many catalogues are waiting"):
        store.create(key, "m.csv", TableLayout(COLUMNS), 9, "one")
    assert store.create(key, "m.csv", TableLayout(COLUMNS), 9, "another").state == "waiting"


def test_two_who_ask_for_one_result_at_once_get_it_whole(done):
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _number: write_result(done, "xlsx"), range(8)))
    assert len({path.read_bytes() for path in paths}) == 1
    assert openpyxl.load_workbook(paths[0]).active.max_row == 4


def test_a_catalogue_that_another_visitor_deleted_can_be_stopped(store):
    _key, job = new_job(store, table(3))
    job.delete()
    job.stop()
    assert not job.folder.exists() and not job.wanted


def test_where_the_server_keeps_its_files_is_not_told(store, tmp_path):
    def missing():
        raise AssetError(f"{tmp_path}/models/cascade cannot be used")

    _key, job = new_job(store, table(3))
    JobRunner(store, missing).run(job)
    assert "A model that answers is missing" in job.problem and str(tmp_path) not in job.problem


def test_a_job_that_is_about_to_come_is_expected_for_a_while(store):
    assert not store.is_expecting(60)
    store.expect()
    assert store.is_expecting(60) and not store.is_expecting(0)
    assert not list(store.unfinished())
