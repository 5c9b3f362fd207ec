"""A window of very many plays is taken by two connections at once, each by the tracks of its share.

Inside a window tracks have nothing to do with each other: who held a track's units at the window's
start, its revenue and its plays are its own. So the window is committed first, and then each share
in a transaction of its own. Invariant: a track is in one share, and a share's plays are posted and
marked together or not at all; those of a share that came to nothing wait for the next window.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

ALONE = 50_000  # plays that one connection takes; for fewer another one is not worth its while


@dataclass(frozen=True)
class Share:
    """The tracks whose terms have these ids and all between; ids are random."""

    name: str
    first: UUID | None = None
    last: UUID | None = None


EVERY_TRACK = Share("all")
MIDDLE = 1 << 127
SHARES = (
    Share("lower", UUID(int=0), UUID(int=MIDDLE - 1)),
    Share("upper", UUID(int=MIDDLE), UUID(int=2 * MIDDLE - 1)),
)


def each(work: Callable[[Share], object]) -> None:
    """Do the work for every share at once, by a thread and a connection each.

    Raises:
        Exception: what the first that failed raised, when all have ended.
    """

    def done(share: Share) -> None:
        try:
            work(share)
        finally:
            connection.close()  # this thread's

    with ThreadPoolExecutor(len(SHARES)) as threads:
        list(threads.map(done, SHARES))
