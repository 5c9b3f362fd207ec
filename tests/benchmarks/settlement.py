"""`python -m tests.benchmarks.settlement`: from counted plays to a signed publish, fsync on.

Each repeat is a process and a database of its own. Beside wall and CPU seconds of this process
stand those of each step, and the tree alone at a million leaves.
"""

import argparse
import os
import resource
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter, process_time

from tests import embedded
from tests.benchmarks.settlement_world import Size, build

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEAVES = 1_000_000
Steps = dict[str, tuple[float, float]]  # wall and CPU seconds


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
        wall, cpu = (statistics.median(run[step][side] for run in runs) for side in (0, 1))
        print(f"{step:28}{wall:10.2f}{cpu:10.2f}", flush=True)


def settled(size: Size) -> Steps:
    """Counted plays accrued, closed and signed; on a database with fsync and a node in memory."""
    with database():
        from royalties import accrual, outbox, settlement
        from royalties.models import OutboxTransaction
        from tests.royalties import house as houses

        house = houses.in_process(lambda **_: nullcontext())
        build(size, AT, seed=1)
        steps: Steps = {}
        at = AT + timedelta(days=1)
        house.pass_time(86_400)
        with timed(steps, "plays to a signed publish"):
            with timed(steps, "  accrued"):
                accrual.accrue(at)
            with timed(steps, "  closed"):
                settlement.close(at)
            with timed(steps, "  sent"):
                outbox.send(at, house.chain)
        row = OutboxTransaction.objects.get()
        assert row.state == "final", row.error
        steps["transactions"] = (float(row.signed.count()), 0.0)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        steps["peak MB of the worker"] = (peak, 0.0)
        return steps


def a_tree() -> Steps:
    from royalties import tree

    leaves = [tree.Leaf(slot, slot.to_bytes(32), 7 * slot) for slot in range(LEAVES)]
    steps: Steps = {}
    with timed(steps, f"tree of {LEAVES:,} leaves"):
        built = tree.build(leaves)
    with timed(steps, "1,000 proofs"):
        for slot in range(0, LEAVES, LEAVES // 1_000):
            built.proof(slot)
    return steps


@contextmanager
def timed(steps: Steps, name: str) -> Iterator[None]:
    wall, cpu = perf_counter(), process_time()
    yield
    steps[name] = (perf_counter() - wall, process_time() - cpu)


@contextmanager
def database() -> Iterator[embedded.Embedded]:
    """A durable database with this code's tables, and Django on it."""
    parts = embedded.make()
    told = {"HOLD_WINDOW": "0", "DJANGO_SETTINGS_MODULE": "marketplace.settings"}
    os.environ.update(parts.variables | told)
    import logging
    from pathlib import Path

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
    return {name: (one, two) for name, (one, two) in json.loads(answer).items()}


if __name__ == "__main__":
    sys.exit(main())
