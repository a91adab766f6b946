"""The queue: who looks at what, what is decided, and taken back."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from rakuten_core.batches import in_batches
from rakuten_core.errors import ReviewError
from rakuten_core.language import _
from rakuten_core.review.database import Decision, Item, Queue, transaction
from rakuten_core.review.items import ReviewItem
from rakuten_core.taxonomy import CODES

Order = Literal["uncertain", "damage", "type"]
HELD_SECONDS = 600.0
"""A product that someone looks at is theirs that long; then it is free again."""
_INSERTED_AT_ONCE = 1000
_MOST_ROWS = 2000


@dataclass(frozen=True)
class Wanted:
    """Which products of a queue are to be looked at.

    Attributes:
        limit: those whose answer has a smaller probability, from 0 to 1.
        answered: only those with one of these answers; all without.
    """

    limit: float
    answered: tuple[int, ...] = ()


@dataclass(frozen=True)
class ReviewProgress:
    """How far a queue is.

    Attributes:
        wanted: products to look at, decided or not.
        decided: of those.
        corrected: of those, decided against the answer.
    """

    wanted: int
    decided: int
    corrected: int


class ReviewQueue:
    """Products of one origin that are to be looked at.

    Args:
        engine: of `database.open_database`.
        key: of the queue.

    Raises:
        ReviewError: there is no queue of this key.
    """

    def __init__(self, engine: Engine, key: str) -> None:
        self._engine = engine
        with transaction(engine) as connection:
            found = connection.execute(select(Queue.id, Queue.name).where(Queue.key == key)).first()
        if found is None:
            raise ReviewError(_("There is nothing to review at this address."))
        self._id, self.name = found

    @classmethod
    def create(
        cls, engine: Engine, key: str, name: str, items: Iterable[ReviewItem]
    ) -> ReviewQueue:
        """Return the queue of a key, made of these items if there is none yet."""
        try:
            with transaction(engine) as connection:
                if connection.scalar(select(Queue.id).where(Queue.key == key)) is None:
                    _insert(connection, key, name, items)
        except ReviewError as error:
            # Someone else has just made it.
            if not isinstance(error.__cause__, IntegrityError):
                raise
        return cls(engine, key)

    def next(
        self, reviewer: str, wanted: Wanted, order: Order = "uncertain"
    ) -> dict[str, Any] | None:
        """Return the product that a reviewer looks at now: nobody else gets it meanwhile.

        The same one until it is decided or skipped, or `HELD_SECONDS` have passed. Skipped products
        come again after all others.

        Args:
            reviewer: a name.
            wanted: which products.
            order: most uncertain first, most damage first, or by type.
        """
        now = time.time()
        orders: dict[Order, tuple[Any, ...]] = {
            "uncertain": (Item.probability,),
            "damage": (Item.damage.desc(), Item.probability),
            "type": (Item.answered, Item.probability),
        }
        mine = and_(Item.held_by == reviewer, Item.held_until > now)
        free = or_(Item.held_by.is_(None), Item.held_until <= now, mine)
        query = (
            select(*Item.__table__.columns)
            .where(self._of(wanted), Item.decided.is_(None), free)
            .order_by(case((mine, 0), else_=1), Item.skipped, *orders[order], Item.row)
            .limit(1)
            # With PostgreSQL, what another one is taking just now is passed over.
            .with_for_update(skip_locked=True)
        )
        with transaction(self._engine) as connection:
            found = connection.execute(query).mappings().first()
            if found is not None:
                connection.execute(
                    update(Item)
                    .where(Item.id == found["id"])
                    .values(held_by=reviewer, held_until=now + HELD_SECONDS)
                )
        return None if found is None else dict(found)

    def decide(self, item: int, reviewer: str, code: int) -> None:
        """Keep a decision: it is on the disk when this returns.

        Raises:
            ReviewError: someone else holds or has decided the product, or the code is unknown.
        """
        self._decide([item], reviewer, code)

    def decide_many(self, items: Collection[int], reviewer: str, code: int | None = None) -> int:
        """Decide several products at once, those that others hold or have decided left out.

        Args:
            items: their ids.
            reviewer: a name.
            code: for all; None accepts the answer of each.

        Returns:
            How many were decided.
        """
        return self._decide(items, reviewer, code, every=False)

    def _decide(
        self, items: Collection[int], reviewer: str, code: int | None, every: bool = True
    ) -> int:
        if code is not None and code not in CODES:
            raise ReviewError(_("{code} is none of the 27 product types.").format(code=code))
        now = time.time()
        held = and_(Item.held_by != reviewer, Item.held_until > now)
        query = (
            select(Item.id, Item.answered, Item.given)
            .where(
                Item.queue_id == self._id,
                Item.id.in_(items),
                Item.decided.is_(None),
                or_(Item.held_by.is_(None), ~held),
            )
            .with_for_update()
        )
        decided = 0
        with transaction(self._engine) as connection:
            for found in connection.execute(query).all():
                after = found.answered if code is None else code
                if after is None:
                    continue
                before = found.answered if found.given is None else found.given
                _write(connection, found.id, reviewer, "decide", before, after)
                decided += 1
            if every and decided < len(items):
                raise ReviewError(_("Someone else looks at this product, or has decided it."))
        return decided

    def skip(self, item: int, reviewer: str) -> None:
        """Let go of a product: it comes again after all others."""
        with transaction(self._engine) as connection:
            connection.execute(
                update(Item)
                .where(Item.id == item, Item.held_by == reviewer)
                .values(skipped=Item.skipped + 1, held_by=None, held_until=0.0)
            )

    def undo(self, reviewer: str) -> int | None:
        """Take back a reviewer's last decision that still holds, and hold its product again.

        Returns:
            The product's id; None where there is nothing to take back.
        """
        query = (
            select(Item.id, Item.decided, Item.answered, Item.given)
            .where(Item.queue_id == self._id, Item.decided_by == reviewer)
            .order_by(Item.decided_at.desc(), Item.id.desc())
            .limit(1)
            .with_for_update()
        )
        with transaction(self._engine) as connection:
            found = connection.execute(query).first()
            if found is None:
                return None
            connection.execute(
                update(Item)
                .where(Item.queue_id == self._id, Item.held_by == reviewer)
                .values(held_by=None, held_until=0.0)
            )
            before = found.answered if found.given is None else found.given
            _write(connection, found.id, reviewer, "undo", found.decided, before)
        return found.id

    def progress(self, wanted: Wanted) -> ReviewProgress:
        """Return how far the queue is."""
        decided = Item.decided.is_not(None)
        query = select(
            func.count(),
            func.count(case((decided, 1))),
            func.count(case((and_(decided, Item.decided.is_distinct_from(Item.answered)), 1))),
        ).where(self._of(wanted))
        with transaction(self._engine) as connection:
            return ReviewProgress(*connection.execute(query).one())

    def rows(self, wanted: Wanted) -> list[dict[str, Any]]:
        """Return what is not decided yet, the most uncertain first, at most 2,000 products."""
        query = (
            select(*Item.__table__.columns)
            .where(self._of(wanted), Item.decided.is_(None))
            .order_by(Item.probability, Item.row)
            .limit(_MOST_ROWS)
        )
        with transaction(self._engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def decided(self) -> list[dict[str, Any]]:
        """Return the products that have been decided, in the order of the catalogue."""
        query = select(*Item.__table__.columns).where(
            Item.queue_id == self._id, Item.decided.is_not(None)
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(query.order_by(Item.row)).mappings()
            return [dict(row) for row in rows]

    def history(self) -> list[dict[str, Any]]:
        """Return every decision ever made in this queue, in the order of time."""
        query = (
            select(*Decision.__table__.columns, Item.productid)
            .join(Item, Item.id == Decision.item_id)
            .where(Item.queue_id == self._id)
            .order_by(Decision.id)
        )
        with transaction(self._engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _of(self, wanted: Wanted) -> ColumnElement[bool]:
        doubtful = or_(Item.probability < wanted.limit, Item.disagrees, Item.label_differs)
        chosen = [Item.queue_id == self._id, doubtful]
        if wanted.answered:
            chosen.append(Item.answered.in_(wanted.answered))
        return and_(*chosen)


def delete_queue(engine: Engine, key: str) -> None:
    """Delete a queue with its products and all decisions about them, if there is one."""
    with transaction(engine) as connection:
        connection.execute(delete(Queue).where(Queue.key == key))


def _insert(connection: Connection, key: str, name: str, items: Iterable[ReviewItem]) -> None:
    values = {"key": key, "name": name, "created": datetime.now(UTC)}
    number = connection.execute(insert(Queue).values(**values)).inserted_primary_key[0]  # type: ignore[index]
    of_queue = {"queue_id": number, "held_until": 0.0, "skipped": 0}
    for chunk in in_batches(items, _INSERTED_AT_ONCE):
        connection.execute(insert(Item), [asdict(each) | of_queue for each in chunk])


def _write(
    connection: Connection,
    item: int,
    reviewer: str,
    action: Literal["decide", "undo"],
    before: int | None,
    after: int | None,
) -> None:
    """Write a decision, and what holds from now on."""
    now = datetime.now(UTC)
    connection.execute(
        insert(Decision).values(
            item_id=item, reviewer=reviewer, action=action, before=before, after=after, at=now
        )
    )
    holds: dict[str, Any] = {"decided": after, "decided_by": reviewer, "decided_at": now}
    if action == "undo":
        holds = dict.fromkeys(holds)
    held = (reviewer, time.time() + HELD_SECONDS) if action == "undo" else (None, 0.0)
    holds |= {"held_by": held[0], "held_until": held[1]}
    connection.execute(update(Item).where(Item.id == item).values(**holds))
