"""`python -m tests.benchmarks.ledger`: posts a second through the real path, fsync on.

Set-based, one by one at many clients at once, and counted plays of one song against plays of many.
Each client is a process with one connection: threads of one would measure Python's lock. Beside
the rate stands the CPU of one post, in the clients and in PostgreSQL.
"""

import argparse
import multiprocessing
import resource
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from time import perf_counter
from uuid import uuid4

from tests.benchmarks.settlement import AT, database, server_cpu


@dataclass(frozen=True)
class Cost:
    """Seconds of a run: on the wall, and of CPU in the clients and in PostgreSQL."""

    wall: float
    client: float
    server: float


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entries", type=int, default=20_000, help="set-based")
    parser.add_argument("--each", type=int, default=60, help="posts of each client")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    with database() as parts:
        from tests.royalties.builders import a_listener, a_track

        server = parts.running["database"][1].pid

        listeners = [a_listener(micros=10**9) for _ in range(options.clients)]
        songs = [a_track() for _ in range(options.clients)]
        total = options.clients * options.each

        def at_once(work: Callable[[int], None]) -> Cost:
            return run_at_once(options.clients, options.each, work, server)

        def plays(of: Callable[[int], int]) -> Cost:
            return at_once(lambda client: _play(songs[of(client)], listeners[client]))

        sets = [_set_based(options.entries, server) for _ in _n(options)]
        told("set-based", options.entries, sets)
        told(f"one by one, {options.clients} clients", total, [at_once(_post) for _ in _n(options)])
        spread, viral = [], []
        for _ in _n(options):  # in turns, so that what else the machine does falls on both
            spread.append(plays(lambda client: client))
            viral.append(plays(lambda client: 0))
        told("plays of as many songs", total, spread)
        told("plays of one song", total, viral)
    return 0


def told(name: str, many: int, costs: list[Cost]) -> None:
    """Medians: the rate, and CPU of one in milliseconds."""
    wall = statistics.median(cost.wall for cost in costs)
    client = 1_000 * statistics.median(cost.client for cost in costs) / many
    server = 1_000 * statistics.median(cost.server for cost in costs) / many
    print(
        f"{name:28}{many:8,} in {wall:7.2f} s {many / wall:10,.0f}/s"
        f"   CPU ms each: {client:.2f} client, {server:.2f} PostgreSQL",
        flush=True,
    )


def _n(options: argparse.Namespace) -> range:
    return range(options.repeats)


def _set_based(entries: int, server: int) -> Cost:
    from royalties import ledger

    ids = [ledger.account(kind).pk for kind in ("bank", "reserve", "suspense", "treasury")]
    amounts = (-6, 1, 2, 3)
    drafts = [
        ledger.Draft(f"bench/{uuid4()}", "bench", AT, list(zip(ids, amounts, strict=True)))
        for _ in range(entries)
    ]
    started, ours, theirs = perf_counter(), _cpu(resource.RUSAGE_SELF), server_cpu(server)
    made = ledger.post_many(drafts)
    assert len(made) == entries
    return Cost(
        perf_counter() - started,
        _cpu(resource.RUSAGE_SELF) - ours,
        server_cpu(server) - theirs,
    )


def _post(client: int) -> None:
    from royalties import ledger

    bank, reserve = ledger.account("bank"), ledger.account("reserve")
    ledger.post(f"bench/{uuid4()}", "bench", AT, [(bank, -1), (reserve, 1)])


def _play(song: object, listener: object) -> None:
    from tests.royalties.builders import a_play

    a_play(song, listener, AT)  # type: ignore[arg-type]


def run_at_once(clients: int, each: int, work: Callable[[int], None], server: int) -> Cost:
    """What it costs that every client, a fork with its own connection, does it so many times.

    The wall time runs from when all are connected to when all are done; CPU includes connecting
    and leaving.
    """
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # a fork can't share it
    forks = multiprocessing.get_context("fork")
    line = forks.Barrier(clients + 1)
    ours, theirs = _cpu(resource.RUSAGE_CHILDREN), server_cpu(server)
    runs = [forks.Process(target=_client, args=(n, each, work, line)) for n in range(clients)]
    for run in runs:
        run.start()
    line.wait()
    started = perf_counter()
    line.wait()
    wall = perf_counter() - started
    for run in runs:
        run.join()
    if any(run.exitcode for run in runs):
        raise SystemExit("a client failed")
    return Cost(wall, _cpu(resource.RUSAGE_CHILDREN) - ours, server_cpu(server) - theirs)


def _client(number: int, each: int, work: Callable[[int], None], line: Barrier) -> None:
    from django.db import connection

    try:
        connection.ensure_connection()
        line.wait()
        for _ in range(each):
            work(number)
        line.wait()
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
    except BaseException:
        line.abort()  # or the others would wait for this one
        raise


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
