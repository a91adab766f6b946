"""Things in batches; `itertools.batched` comes with Python 3.12 only."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Thing = TypeVar("Thing")


def in_batches(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    """Yield lists of so many things, the last one with what is left."""
    reading = iter(things)
    while batch := list(islice(reading, size)):
        yield batch
