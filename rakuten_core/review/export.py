"""Decisions as a file, in the challenge's Y layout with who, when, before and after."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

from rakuten_core.data.corrections import CORRECTION_COLUMNS
from rakuten_core.data.encodings import safe_cell
from rakuten_core.review.queue import ReviewQueue


def corrections_csv(queue: ReviewQueue) -> bytes:
    """Return the decisions that hold, one row per product, in UTF-8.

    `index` is the product's row in the catalogue and `prdtypecode` the type decided, as in the
    challenge's Y file; `before` is the type that the file gave or, without one, the answer. The
    texts stand beside them, so that a product that the training data lack can teach too.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CORRECTION_COLUMNS)
    for item in queue.decided():
        before = item["answered"] if item["given"] is None else item["given"]
        writer.writerow(
            [
                item["row"],
                item["decided"],
                *(
                    safe_cell(str(value)) if value is not None else ""
                    for value in (
                        item["productid"],
                        before,
                        item["decided_by"],
                        _in_utc(item["decided_at"]).isoformat(timespec="seconds"),
                        item["title"],
                        item["description"],
                    )
                ),
            ]
        )
    return file.getvalue().encode()


def _in_utc(moment: datetime) -> datetime:
    # SQLite keeps no time zone.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
