"""Where decisions are kept: SQLite by default, PostgreSQL for teams."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    Index,
    MetaData,
    create_engine,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from rakuten_core.errors import ReviewError
from rakuten_core.language import _

SCHEMA_VERSION = 1
"""Of the tables below; another one in a database is refused, not guessed at."""
_LOCK_SECONDS = 30
_CONNECT_SECONDS, _ANSWER_SECONDS = 5, 15
# Any number, the same for all: whoever creates the tables holds it.
_CREATION_LOCK = 20_221_201
_logger = logging.getLogger(__name__)


class Base(DeclarativeBase):
    """The tables."""

    metadata = MetaData()


class Version(Base):
    """The version of the tables, in one row."""

    __tablename__ = "review_version"
    number: Mapped[int] = mapped_column(primary_key=True)


class Queue(Base):
    """Products of one origin that are to be looked at."""

    __tablename__ = "review_queue"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Item(Base):
    """One product of a queue, what the models answered, and the decision that holds."""

    __tablename__ = "review_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey(Queue.id, ondelete="CASCADE"))
    row: Mapped[int]
    productid: Mapped[str | None]
    imageid: Mapped[str | None]
    photo: Mapped[str | None]
    title: Mapped[str | None]
    description: Mapped[str | None]
    given: Mapped[int | None]
    answered: Mapped[int | None]
    codes: Mapped[list[int]] = mapped_column(JSON)
    probabilities: Mapped[list[float]] = mapped_column(JSON)
    text_code: Mapped[int | None]
    image_code: Mapped[int | None]
    probability: Mapped[float]
    disagrees: Mapped[bool]
    label_differs: Mapped[bool]
    damage: Mapped[float]
    held_by: Mapped[str | None]
    held_until: Mapped[float] = mapped_column(default=0.0)
    skipped: Mapped[int] = mapped_column(default=0)
    decided: Mapped[int | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        Index("review_item_row", "queue_id", "row", unique=True),
        Index("review_item_open", "queue_id", "decided", "probability"),
    )


class Decision(Base):
    """What was decided, in the order of time; nothing is ever changed or deleted here."""

    __tablename__ = "review_decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id, ondelete="CASCADE"))
    reviewer: Mapped[str]
    action: Mapped[str]
    before: Mapped[int | None]
    after: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def open_database(url: str) -> Engine:
    """Return a database with the tables in it, made if they are not there.

    Args:
        url: of SQLAlchemy, such as `sqlite:////path/review.db` or
            `postgresql+psycopg://user:password@host/base`.

    Raises:
        ReviewError: it cannot be reached, or its tables are of another version.
    """
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args=_connect_arguments(url))
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "checkout", _check_file)
            event.listen(engine, "begin", _begin_at_once)
        version = _make_tables(engine)
    except ImportError as error:
        raise ReviewError(
            _("The database needs a package that is not installed: {error}.").format(error=error)
        ) from error
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise _unreachable(error) from error
    if version not in (None, SCHEMA_VERSION):
        raise ReviewError(
            _(
                "The decisions are kept in tables of version {found}; this program knows version "
                "{known}. Export them with the program that wrote them."
            ).format(found=version, known=SCHEMA_VERSION)
        )
    return engine


def _make_tables(engine: Engine) -> int | None:
    """Make the tables that are not there, and return the version of those that were."""
    if engine.dialect.name == "sqlite":
        _file(engine).parent.mkdir(parents=True, exist_ok=True)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_CREATION_LOCK})"))
        Base.metadata.create_all(connection)
        version = connection.scalar(select(Version.number))
        if version is None:
            connection.execute(insert(Version).values(number=SCHEMA_VERSION))
    return version


def _file(engine: Engine) -> Path:
    return Path(engine.url.database or "")


def _connect_arguments(url: str) -> dict[str, Any]:
    """Return limits without which a database that does not answer would stop all who ask."""
    if not url.startswith("postgresql"):
        return {}
    milliseconds = 1000 * _ANSWER_SECONDS
    return {
        "connect_timeout": _CONNECT_SECONDS,
        # https://www.postgresql.org/docs/current/libpq-connect.html
        "tcp_user_timeout": milliseconds,
        "keepalives_idle": _ANSWER_SECONDS,
        "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
    }


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Yield a connection whose changes are all kept, or none.

    Raises:
        ReviewError: the database cannot be reached, or refuses.
    """
    try:
        if engine.dialect.name == "sqlite" and not _file(engine).is_file():
            # Somebody has removed it: what is decided from now on is kept again.
            _make_tables(engine)
        with engine.begin() as connection:
            yield connection
    except (SQLAlchemyError, OSError) as error:
        raise _unreachable(error) from error


def _unreachable(error: Exception) -> ReviewError:
    # What a database says names hosts and users, and what a person wrote: it stays in the log.
    _logger.error("the database of decisions: %s", str(error).partition("\n")[0])
    return ReviewError(
        _(
            "The decisions cannot be kept or read now: the database does not answer, or refuses. "
            "The log says why. Try again in a moment."
        )
    )


def _check_file(connection: Any, record: Any, _proxy: object) -> None:
    """Have a connection made again whose file was removed or replaced: it would write to none."""
    *_name, path = connection.execute("PRAGMA database_list").fetchone()
    now = Path(path).stat() if Path(path).is_file() else None
    file = None if now is None else (now.st_dev, now.st_ino)
    if file != record.info.setdefault("file", file):
        raise DisconnectionError


def _set_up_sqlite(connection: object, _record: object) -> None:
    # Transactions are begun below, not by the driver: https://docs.sqlalchemy.org/ on pysqlite.
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for setting in (
        "journal_mode=WAL",
        # A decision is on the disk before it is confirmed.
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={1000 * _LOCK_SECONDS}",
    ):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_at_once(connection: Connection) -> None:
    # Writers wait for each other from the start: two never take the same product.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
