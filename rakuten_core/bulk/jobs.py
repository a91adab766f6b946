"""Catalogues that people have classified: each a folder that only the holder of its key finds."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from rakuten_core.data.intake import take_in
from rakuten_core.data.product_columns import TableLayout
from rakuten_core.errors import CatalogError, RakutenError
from rakuten_core.files import read_json, write_json
from rakuten_core.language import _, language
from rakuten_core.limits import limits
from rakuten_core.sandbox import reading

State = Literal["waiting", "running", "stopped", "failed", "done"]
# What is left on the disk for others, and how much work on an upload may take of it.
_FREE_BYTES, _TIMES_ITS_SIZE = 500_000_000, 3
_FACTS, _PROGRESS, _STOP, _FAILED = "job.json", "progress.json", "stop", "failed.json"
_ATTEMPTS = "attempts.json"
MOST_ATTEMPTS = 2
"""A step at which its process has ended so often is not tried again."""
ANSWERS_FILE, MEASURES_FILE, LOCK_FILE = "answers.parquet", "measures.parquet", "lock"


@dataclass(frozen=True)
class JobFacts:
    """What was asked.

    Attributes:
        name: of the file, as it was given.
        columns: which of its columns holds which field of a product.
        rows: how many it has.
        photos: how many photos came with it.
        created: date and time, ISO 8601 in UTC.
        language: in which what is wrong with a row is written.
        photos_named: how many rows name a photo.
        photos_found: of how many of them it came too.
        owner: tells visitors apart, and nothing else of them.
    """

    name: str
    columns: dict[str, str]
    rows: int
    photos: int
    created: str
    language: str
    photos_named: int = 0
    photos_found: int = 0
    owner: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a job is: rows answered, those of this run, and the seconds that they took."""

    rows: int = 0
    new_rows: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float | None:
        """Products per second; None where nothing has been measured yet."""
        return self.new_rows / self.seconds if self.new_rows and self.seconds else None


class Job:
    """One catalogue, its photos and what came of it, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def facts(self) -> JobFacts:
        """What was asked."""
        known = {field.name for field in fields(JobFacts)}
        written = read_json(self.folder / _FACTS)
        return JobFacts(**{name: value for name, value in written.items() if name in known})

    @property
    def state(self) -> State:
        """Where the job is."""
        if (self.folder / ANSWERS_FILE).is_file():
            return "done"
        if (self.folder / _FAILED).is_file():
            return "failed"
        if (self.folder / _STOP).is_file():
            return "stopped"
        return "running" if (self.folder / _PROGRESS).is_file() else "waiting"

    @property
    def progress(self) -> Progress:
        """How far it is."""
        path = self.folder / _PROGRESS
        # Another thread may remove it just now.
        with suppress(RakutenError):
            return Progress(**read_json(path))
        return Progress()

    @property
    def problem(self) -> str | None:
        """Why it failed, in words."""
        path = self.folder / _FAILED
        return read_json(path)["problem"] if path.is_file() else None

    @property
    def size(self) -> int:
        """How many bytes its files have."""
        total = 0
        for path in self.folder.rglob("*"):
            with suppress(FileNotFoundError):
                total += path.stat().st_size
        return total

    @property
    def wanted(self) -> bool:
        """Whether it is still to be worked on."""
        return not self.deleted and self.state in ("waiting", "running")

    @property
    def is_free(self) -> bool:
        """Whether no process works on it."""
        # It may be deleted just now.
        with suppress(Timeout, OSError), FileLock(self.folder / LOCK_FILE, timeout=0):
            return True
        return False

    @property
    def deleted(self) -> bool:
        """Whether it was deleted; what was being written just then may still be there."""
        return not (self.folder / _FACTS).is_file()

    def stop(self) -> None:
        """Stop the work after the chunk that is being answered; `go_on` takes it up again."""
        # It may have been deleted by another visitor of its page.
        with suppress(FileNotFoundError):
            (self.folder / _STOP).touch()

    def go_on(self) -> None:
        """Go on where it was stopped or has failed."""
        self.forgive()
        (self.folder / _STOP).unlink(missing_ok=True)
        (self.folder / _FAILED).unlink(missing_ok=True)

    def fail(self, problem: str) -> None:
        """Say that it cannot be done, and why."""
        write_json(self.folder / _FAILED, {"problem": problem})

    def tell(self, progress: Progress) -> None:
        """Write how far it is."""
        write_json(self.folder / _PROGRESS, asdict(progress))

    @property
    def attempts(self) -> int:
        """How often the step that is to be done now was begun and not ended."""
        path = self.folder / _ATTEMPTS
        return int(read_json(path)["attempts"]) if path.is_file() else 0

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Count an attempt at a step; what ends the process within the block leaves it counted."""
        write_json(self.folder / _ATTEMPTS, {"attempts": self.attempts + 1})
        yield
        self.forgive()

    def forgive(self) -> None:
        """Forget the attempts: the step has ended, or its end was wanted."""
        (self.folder / _ATTEMPTS).unlink(missing_ok=True)

    def delete(self) -> None:
        """Delete all of it; whoever works on it deletes what they have written meanwhile."""
        # First what says that there is a job at all.
        (self.folder / _FACTS).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class JobStore:
    """The folder of all jobs.

    Args:
        folder: made when the first job is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._expected = folder.with_suffix(".expected")

    def new_folder(self) -> tuple[str, Path]:
        """Return the key of a job that is to be, and its folder, to put `source` and photos in."""
        key = secrets.token_urlsafe(16)
        folder = self._folder(key)
        folder.mkdir(parents=True)
        return key, folder

    def create(
        self, key: str, name: str, layout: TableLayout, most_rows: int, owner: str = ""
    ) -> Job:
        """Make a job of what lies in its folder: it waits to be worked on from now on.

        Args:
            key: of `new_folder`.
            name: of the catalogue's file.
            layout: what is known of the table; the rest is found out.
            most_rows: that are accepted.
            owner: whose it is.

        Raises:
            CatalogError: the catalogue or its photos cannot be read within the limits, it has no
                rows or too many, none of the photos is of any row, or too many jobs are waiting.
        """
        folder = self._folder(key)
        waiting = [job.facts.owner for job in self.unfinished()]
        most = limits()
        if len(waiting) >= most.waiting_catalogues or (
            owner and waiting.count(owner) >= most.visitor_catalogues
        ):
            raise CatalogError(_("Too many catalogues are waiting. Come back later."))
        source = next(folder.glob("source.*"))
        taken = reading().run(take_in, source, folder, layout, most_rows)
        # `take_in` has written all that was given.
        source.unlink()
        facts = JobFacts(
            name,
            taken.columns,
            taken.rows,
            taken.photos,
            datetime.now(UTC).isoformat(),
            language(),
            taken.photos_named,
            taken.photos_found,
            owner,
        )
        write_json(folder / _FACTS, asdict(facts))
        return Job(folder)

    def expect(self) -> None:
        """Say that a job is about to come: whoever works on jobs gets ready."""
        self._expected.parent.mkdir(parents=True, exist_ok=True)
        self._expected.touch()

    def is_expecting(self, seconds: float) -> bool:
        """Return whether `expect` was called within the last seconds."""
        with suppress(FileNotFoundError):
            return time.time() - self._expected.stat().st_mtime < seconds
        return False

    def open(self, key: str) -> Job:
        """Return a job.

        Raises:
            CatalogError: there is none of this key (any more).
        """
        job = Job(self._folder(key))
        if not (job.folder / _FACTS).is_file():
            raise CatalogError(
                _("There is no catalogue at this address: it was deleted, or the address is wrong.")
            )
        return job

    def unfinished(self) -> Iterator[Job]:
        """Yield the jobs that are still to be worked on, the oldest first."""
        since: dict[Path, float] = {}
        for path in self.folder.glob(f"*/{_FACTS}"):
            # It may be deleted just now.
            with suppress(FileNotFoundError):
                since[path.parent] = path.stat().st_mtime
        jobs = map(Job, sorted(since, key=since.__getitem__))
        yield from (job for job in jobs if job.wanted)

    def old(self, days: int) -> Iterator[Job]:
        """Yield jobs and uploads that were made so many days ago or earlier, the oldest first."""
        before = datetime.now(UTC) - timedelta(days=days)
        yield from (job for created, job in self._by_age() if created < before)

    def make_room(
        self, size: int, most: int, before_deleting: Callable[[str], None] = lambda _name: None
    ) -> None:
        """Delete jobs that are done, the oldest first, until there is room for another.

        Args:
            size: of what is to come, in bytes.
            most: bytes of all jobs together.
            before_deleting: called with the folder's name of each job before it is deleted; what it
                raises ends this.

        Raises:
            CatalogError: there is not enough room, or not on the disk.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        sizes = {job.folder: job.size for _created, job in self._by_age()}
        for _created, job in self._by_age():
            if sum(sizes.values()) + size <= most:
                break
            if job.state == "done":
                before_deleting(job.folder.name)
                job.delete()
                del sizes[job.folder]
        enough = shutil.disk_usage(self.folder).free > _FREE_BYTES + _TIMES_ITS_SIZE * size
        if not enough or sum(sizes.values()) + size > most:
            raise CatalogError(_("The server has no room for another catalogue. Come back later."))

    def _by_age(self) -> list[tuple[datetime, Job]]:
        found = []
        for path in self.folder.glob("*"):
            # It may be deleted just now.
            with suppress(FileNotFoundError, RakutenError):
                job = Job(path)
                modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                found.append(
                    (modified if job.deleted else datetime.fromisoformat(job.facts.created), job)
                )
        return sorted(found, key=lambda each: each[0])

    def _folder(self, key: str) -> Path:
        # Whoever sees the folder's name does not know the address.
        return self.folder / hashlib.sha256(key.encode()).hexdigest()[:32]
