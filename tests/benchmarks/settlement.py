"""`python -m tests.benchmarks.settlement`: from counted plays to a signed publish, fsync on.

Each repeat is a process and a database of its own. Columns are seconds: wall, CPU of this process,
CPU of PostgreSQL; of each step, and of the tree alone at a million leaves.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from time import perf_counter, process_time

import psutil

from tests import embedded
from tests.benchmarks.settlement_world import Size, build

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEAVES = 1_000_000
Steps = dict[str, tuple[float, float, float]]  # seconds: wall, CPU here, CPU of PostgreSQL


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plays", type=int, default=1_000_000)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--payees", type=int, default=50_000)
    parser.add_argument("--listeners", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    size = Size(options.plays, options.tracks, options.payees, options.listeners)
    print(f"{size}, median of {options.repeats}, fsync on")
    told([in_a_process(partial(settled, size)) for _ in range(options.repeats)])
    told([in_a_process(a_tree) for _ in range(options.repeats)])
    small = [replace(size, plays=2_000, tracks=tracks, payees=5 * tracks) for tracks in (10, 1_000)]
    sent = [in_a_process(partial(settled, one))["transactions"][0] for one in small]
    print(f"transactions of a period: {sent[0]:.0f} for 10 songs, {sent[1]:.0f} for 1,000")
    return 0


def told(runs: list[Steps]) -> None:
    """Each step's medians."""
    for step in runs[0]:
        seconds = (statistics.median(run[step][side] for run in runs) for side in range(3))
        print(f"{step:28}" + "".join(f"{one:10.2f}" for one in seconds), flush=True)


def settled(size: Size) -> Steps:
    """Counted plays accrued, closed and signed; on a database with fsync and a node in memory."""
    with database() as parts:
        from royalties import accrual, outbox, settlement
        from royalties.models import OutboxTransaction
        from tests.royalties import house as houses

        timed = partial(_timed, server=parts.running["database"][1].pid)
        house = houses.in_process(lambda **_: nullcontext())
        build(size, AT, seed=1)
        steps: Steps = {}
        at = AT + timedelta(days=1)
        house.pass_time(86_400)
        server = psutil.Process(parts.running["database"][1].pid)
        with peak_mb(steps, server), timed(steps, "plays to a signed publish"):
            with timed(steps, "  accrued"):
                accrual.accrue(at)
            with timed(steps, "  closed"):
                settlement.close(at)
            with timed(steps, "  sent"):
                outbox.send(at, house.chain)
        row = OutboxTransaction.objects.get()
        assert row.state == "final", row.error
        steps["transactions"] = (float(row.signed.count()), 0.0, 0.0)
        return steps


@contextmanager
def peak_mb(steps: Steps, server: psutil.Process) -> Iterator[None]:
    """Note the most memory that this process and all of PostgreSQL have while the block runs.

    Together, with what they share counted once; looked at four times a second.
    """
    ended, most = Event(), [0.0]

    def look() -> None:
        while not ended.wait(0.25):
            most.append(mb_of(psutil.Process(), server, *server.children()))

    with ThreadPoolExecutor(1) as watcher:
        watching = watcher.submit(look)
        try:
            yield
        finally:
            ended.set()
        watching.result()
    steps["peak MB, PostgreSQL's too"] = (max(most), 0.0, 0.0)


def mb_of(*processes: psutil.Process) -> float:
    """Their proportional set sizes; of one that has ended, nothing."""
    total = 0
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            total += one.memory_full_info().pss
    return total / 2**20


def a_tree() -> Steps:
    from royalties import tree

    leaves = [tree.Leaf(slot, slot.to_bytes(32), 7 * slot) for slot in range(LEAVES)]
    steps: Steps = {}
    with _timed(steps, f"tree of {LEAVES:,} leaves"):
        built = tree.build(leaves)
    with _timed(steps, "1,000 proofs"):
        for slot in range(0, LEAVES, LEAVES // 1_000):
            built.proof(slot)
    return steps


@contextmanager
def _timed(steps: Steps, name: str, server: int = 0) -> Iterator[None]:
    """Note what the block takes, also in the PostgreSQL of that process id."""
    before = perf_counter(), process_time(), server_cpu(server)
    yield
    after = perf_counter(), process_time(), server_cpu(server)
    wall, cpu, theirs = (now - then for now, then in zip(after, before, strict=True))
    steps[name] = (wall, cpu, theirs)


def server_cpu(pid: int) -> float:
    """CPU seconds of PostgreSQL so far: its own, of what it has ended, and of what it runs."""
    if not pid:
        return 0.0
    server = psutil.Process(pid)
    seconds: float = sum(server.cpu_times()[:4])
    for child in server.children():
        with suppress(psutil.NoSuchProcess):
            seconds += sum(child.cpu_times()[:2])
    return seconds


@contextmanager
def database() -> Iterator[embedded.Embedded]:
    """A durable database with this code's tables, and Django on it."""
    parts = embedded.make()
    told = {"HOLD_WINDOW": "0", "DJANGO_SETTINGS_MODULE": "marketplace.settings"}
    os.environ.update(parts.variables | told)
    import logging

    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.core.management import call_command

    from royalties import keys

    try:
        parts.start_database(durable=True)
        parts.start_broker()
        keys.ensure(Path(parts.variables["CHAIN_KEYS_FILE"]))
        call_command("migrate", verbosity=0)
        yield parts
    finally:
        parts.stop()


def in_a_process(work: Callable[[], Steps]) -> Steps:
    """What the work returns, done in a fork: its memory is its own."""
    import json

    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    if os.waitpid(pid, 0)[1]:
        raise SystemExit("a run failed")
    return {name: (one, two, three) for name, (one, two, three) in json.loads(answer).items()}


if __name__ == "__main__":
    sys.exit(main())
