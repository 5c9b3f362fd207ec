"""`python -m tests.benchmarks.ledger`: posts a second through the real path, fsync on.

Set-based, one by one at many clients at once, and counted plays of one song against plays of many.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from uuid import uuid4

from tests.benchmarks.settlement import AT, database

LINES = 4  # of an entry, as an accrual has on the average


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entries", type=int, default=20_000, help="set-based")
    parser.add_argument("--each", type=int, default=60, help="posts of each client")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    with database():
        from tests.royalties.builders import a_listener, a_track

        listeners = [a_listener(micros=10**9) for _ in range(options.clients)]
        songs = [a_track() for _ in range(options.clients)]
        total = options.clients * options.each

        def plays(of: Callable[[int], int]) -> float:
            return _at_once(
                options.clients,
                options.each,
                lambda client: _play(songs[of(client)], listeners[client]),
            )

        told("set-based", options.entries, [_set_based(options.entries) for _ in _n(options)])
        one_by_one = [_at_once(options.clients, options.each, _post_one) for _ in _n(options)]
        told(f"one by one, {options.clients} clients", total, one_by_one)
        told("plays of as many songs", total, [plays(lambda client: client) for _ in _n(options)])
        told("plays of one song", total, [plays(lambda client: 0) for _ in _n(options)])
    return 0


def told(name: str, many: int, seconds: list[float]) -> None:
    middle = statistics.median(seconds)
    print(f"{name:28}{many:8,} in {middle:7.2f} s {many / middle:10,.0f}/s", flush=True)


def _n(options: argparse.Namespace) -> range:
    return range(options.repeats)


def _set_based(entries: int) -> float:
    from royalties import ledger

    ids = [ledger.account(kind).pk for kind in ("bank", "reserve", "suspense", "treasury")]
    amounts = (-6, 1, 2, 3)
    drafts = [
        ledger.Draft(f"bench/{uuid4()}", "bench", AT, list(zip(ids, amounts, strict=True)))
        for _ in range(entries)
    ]
    started = perf_counter()
    made = ledger.post_many(drafts)
    assert len(made) == entries
    return perf_counter() - started


def _post_one(client: int) -> None:
    from royalties import ledger

    bank, reserve = ledger.account("bank"), ledger.account("reserve")
    ledger.post(f"bench/{uuid4()}", "bench", AT, [(bank, -1), (reserve, 1)])


def _play(song: object, listener: object) -> None:
    from tests.royalties.builders import a_play

    a_play(song, listener, AT)  # type: ignore[arg-type]


def _at_once(clients: int, each: int, work: Callable[[int], None]) -> float:
    """Seconds in which every client does it so many times, each on a connection of its own."""

    def run(client: int) -> None:
        from django.db import connection

        for _ in range(each):
            work(client)
        connection.close()

    started = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(run, range(clients)))
    return perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
