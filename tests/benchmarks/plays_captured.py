"""Plays that have come due, captured many at once: holds of as many listeners become paid plays."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from uuid import uuid4

from tests.benchmarks.ledger import Cost, told
from tests.benchmarks.settlement import server_cpu

LISTENERS, TRACKS, PLAYS, REPEATS = 256, 16, 2_048, 3
SIZES = (1, 8, 64, 256)  # plays at once


def captured(server: int) -> None:
    """Print how many a second, and CPU of one, here and in the PostgreSQL of that process id."""
    from tests.royalties.builders import a_listener, a_track

    listeners = [a_listener(micros=10**9) for _ in range(LISTENERS)]
    tracks = [a_track() for _ in range(TRACKS)]
    for size in SIZES:
        costs = [_cost(listeners, tracks, size, server) for _ in range(REPEATS)]
        told(f"captured, {size} at once", PLAYS, costs)
        cpu = statistics.median(cost.client + cost.server for cost in costs)
        print(f"{'':28}two cores for these alone take {2 * PLAYS / cpu:,.0f} a second", flush=True)


def _cost(listeners: Sequence[object], tracks: Sequence[object], size: int, server: int) -> Cost:
    from django.utils import timezone

    from royalties import plays, purses

    at, due = timezone.now(), []
    for n in range(PLAYS):
        listener, track = listeners[n % LISTENERS], tracks[n % TRACKS]
        due.append(plays.Due(uuid4(), track.pk, listener.pk, True, at))  # type: ignore[attr-defined]
    for n in range(0, PLAYS, LISTENERS):
        some = due[n : n + LISTENERS]
        purses.place_holds([purses.Wish(d.listener_id, 6_000, d.reference, at) for d in some])
    started, ours, theirs = time.perf_counter(), time.process_time(), server_cpu(server)
    made = [one for n in range(0, PLAYS, size) for one in plays.capture_many(due[n : n + size])]
    assert all(isinstance(one, plays.Captured) for one in made)
    return Cost(
        time.perf_counter() - started, time.process_time() - ours, server_cpu(server) - theirs
    )
