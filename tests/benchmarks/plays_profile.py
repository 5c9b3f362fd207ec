"""What the time of each step of a play is made of, inside a web process: one thread, no server.

The requests go through everything between middleware and answer; waiting for PostgreSQL is no CPU
and left out. Under the profiler Python's own calls cost more than they do: its figures are shares.
"""

from __future__ import annotations

import cProfile
import io
import json
import pstats
from collections import defaultdict
from collections.abc import Sequence
from random import Random
from time import sleep, thread_time
from typing import Any

from tests.benchmarks.plays_client import TOKEN

ROUNDS, WARM = 6, 3
PRESS = "/api/v1/streams"
# what a step's time is told by: functions, by file and name, with all that they call
LAYERS = {
    "statements": ("django/db/backends/utils.py", "execute"),
    "store": ("redis/client.py", "execute_command"),
    "login": ("django/contrib/auth/__init__.py", "get_user"),
    "press": ("listening/streams.py", "press"),
    "reports": ("listening/heartbeats.py", "take"),
}


class Steps:
    """CPU seconds of each step's requests, and the profile of its last round."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.profiles: dict[str, cProfile.Profile] = {}
        self.number = 0

    def take(self, name: str, requests: Sequence[tuple[str, str, dict[str, Any]]]) -> list[Any]:
        """Send what `(cookie, path, body)` say; their answers."""
        profile = self.profiles.setdefault(name, cProfile.Profile(thread_time))
        if self.number == ROUNDS - 1:
            profile.enable()
        started = thread_time()
        said = [post(cookie, path, body) for cookie, path, body in requests]
        taken = thread_time() - started
        profile.disable()
        if WARM <= self.number < ROUNDS - 1:
            self.seconds[name].append(taken / len(requests))
        return said

    def tell(self, n: int) -> None:
        print(f"{'':20}{'CPU ms':>8}{'statements':>12}{'':4}CPU ms under the profiler:")
        for name, profile in self.profiles.items():
            print(f"{name:20}{1_000 * min(self.seconds[name]):8.2f}{layers(profile, n)}")


def profiled(cookies: Sequence[str], tracks: Sequence[str]) -> None:
    """Print, for each step, CPU milliseconds of a request, and of the layers under it."""
    from marketplace.listening.models import Stream

    draw, steps = Random(1), Steps()
    for steps.number in range(ROUNDS):
        asked = [(cookie, PRESS, {"track": draw.choice(tracks)}) for cookie in cookies]
        opened = steps.take("press", asked)
        steps.take("first heartbeat", beats(opened, 0))
        Stream.objects.filter(ended_at=None).update(served_bytes=32_000, served_seconds=2)
        steps.take("another heartbeat", beats(opened, 0.1))
        sleep(opened[0]["counting_seconds"])
        said = steps.take("counting heartbeat", beats(opened, 1.1))
        assert all(one["state"] == "counted" for one in said)
        steps.take("stop", [("", one["stop_url"], {}) for one in opened])
    steps.tell(len(cookies))


def beats(streams: Sequence[dict[str, Any]], seconds: float) -> list[tuple[str, str, Any]]:
    return [("", one["heartbeat_url"], {"played_seconds": seconds}) for one in streams]


def layers(profile: cProfile.Profile, n: int) -> str:
    """How often a request asked the database, and milliseconds of each layer."""
    stats: Any = pstats.Stats(profile)
    told, calls = [], 0.0
    for layer, (file, function) in LAYERS.items():
        found = [
            (made, seconds)
            for (where, _, name), (_, made, _, seconds, _) in stats.stats.items()
            if file in where and name == function
        ]
        told.append(f"{layer} {1_000 * sum(seconds for _, seconds in found) / n:.2f}")
        if layer == "statements":
            calls = sum(made for made, _ in found) / n
    return f"{calls:12.1f}{'':4}all {1_000 * stats.total_tt / n:.2f}, of it {', '.join(told)}"


def post(cookie: str, address: str, body: Any) -> Any:
    """What a web process answers, as its server hands a request on to it."""
    from marketplace.asgi import pages

    sent = json.dumps(body).encode()
    path, _, query = address.partition("?")
    headers = {
        "host": "localhost",
        "cookie": f"sessionid={cookie}; csrftoken={TOKEN}",
        "x-csrftoken": TOKEN,
        "content-type": "application/json",
        "content-length": str(len(sent)),
    }
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    if query:
        return reported(scope, sent)
    answer: Any = pages.answer(scope, io.BytesIO(sent))
    assert answer.status_code < 300, (path, answer.status_code, answer.content)
    return json.loads(answer.content) if answer.content else None


def reported(scope: dict[str, Any], body: bytes) -> Any:
    """One report alone, without the turn of threads that it takes in a server."""
    from django.utils import timezone

    from marketplace.listening import reports

    asked = reports.asked_of(scope, timezone.now())
    if isinstance(asked, reports.Stop):
        ((status, said),) = reports.stopped([asked])
    else:
        assert asked is not None
        report = reports.with_seconds(asked, body)
        assert report is not None
        ((status, said),) = reports.heard([report])
    assert status < 300, (status, said)
    return json.loads(said) if said else None
