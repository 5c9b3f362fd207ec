"""Playback events appended one by one: each heartbeat a transaction of its own, with fsync on.

Each client is a process with one connection, as web processes have some; it reports on a stream of
its own, as `streams.heartbeat` takes it from the API.
"""

from __future__ import annotations

import statistics

from tests.benchmarks.ledger import run_at_once, told

CLIENTS, EACH, REPEATS = 8, 250, 3


def events(server: int) -> None:
    """Print how many a second, and CPU of one, here and in the PostgreSQL of that process id."""
    from django.utils import timezone

    from marketplace.listening import streams
    from marketplace.listening.models import Stream
    from tests.builders import a_listener, a_stream, a_track

    at = timezone.now()
    track, listeners = a_track(at=at), [a_listener(at=at) for _ in range(CLIENTS)]
    opened = [a_stream(listener, track, at) for listener in listeners]
    for stream, listener in zip(opened, listeners, strict=True):
        streams.heartbeat(stream.pk, listener, 0.0, at)

    def beat(client: int) -> None:
        streams.heartbeat(opened[client].pk, listeners[client], 0.001, timezone.now())

    costs = [run_at_once(CLIENTS, EACH, beat, server) for _ in range(REPEATS)]
    told(f"heartbeats, {CLIENTS} clients", CLIENTS * EACH, costs)
    cpu = statistics.median(cost.client + cost.server for cost in costs)
    print(f"two cores for these alone take {2 * CLIENTS * EACH / cpu:,.0f} a second")
    written = Stream.objects.filter(pk__in=[one.pk for one in opened])
    sums = [one.told_seconds for one in written]
    assert all(abs(one - 0.001 * EACH * REPEATS) < 1e-6 for one in sums), sums
