"""`python -m tests.benchmarks.web`: how fast pages come, at the demo's size and at a large one.

PostgreSQL, Valkey and the web processes are the ones `make up` starts, filled by `web_world`. Each
page is asked for by 20 clients that keep their connection and never pause; beside it stands
/healthz, asked for the same way in the same run, so that a busy machine shows. The clients share
the machine's cores with what they measure; `cpu` is what web, database and store took for one
answer, which others on the machine change least.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

import aiohttp
import psutil

from marketplace.up import postgres, processes
from tests import embedded

if TYPE_CHECKING:
    from tests.benchmarks.web_world import Size

CLIENTS = 20
WARM_REQUESTS = 60
BASELINE = "healthz"
WORDS = ("slow harbour", "glas weather", "northern lantern", "copper", "artist 17")


@dataclass(frozen=True)
class Page:
    """What to ask for: `path` makes an address, by a random number of the run's seed."""

    name: str
    path: Callable[[random.Random], str]
    signed_in: bool = True


@dataclass(frozen=True)
class Figures:
    """Milliseconds of one page's answers; `failed` are answers other than 200."""

    page: str
    n: int
    p50: float
    p95: float
    p99: float
    per_second: float
    cpu: float
    failed: int


@dataclass(frozen=True)
class World:
    """Where it is served, a session for each client, its pages, and what runs for it."""

    url: str
    cookies: list[str]
    pages: list[Page]
    run: embedded.Embedded

    def cpu_seconds(self) -> float:
        """What all processes have taken since they started."""
        return sum(spent(psutil.Process(process.pid)) for _, process in self.run.running.values())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="demo", help="worlds to measure: demo,large")
    parser.add_argument("--requests", type=int, default=600, help="of each page, at most")
    parser.add_argument("--seconds", type=float, default=15, help="for each page, at most")
    parser.add_argument("--pages", default="", help="comma-separated names; all by default")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    failed = 0
    for name in options.sizes.split(","):
        with world(name, options.seed) as served:
            for figures in asyncio.run(measured(served, options)):
                failed += figures.failed
    return 1 if failed else 0


@contextmanager
def world(name: str, seed: int) -> Iterator[World]:
    """A served world of one size."""
    run = embedded.make()
    os.environ |= run.variables | {
        "TEST_MONEY": "1",
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
    }
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    os.environ["PAGE_KEPT_SECONDS"] = "15"  # as outside of tests
    try:
        postgres.create(run.database, durable=True)
        run.start("database", run.database.child(run.folder / "logs" / "postgres.log"))
        postgres.create_database(run.database)
        run.start_broker()
        cookies, size = filled(name, seed)
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            for child in processes.web(listener, dict(os.environ), run.folder):
                run.start(child.name, child)
            say_memory(run)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            yield World(url, cookies, pages_of(size), run)
    finally:
        run.stop()


def filled(name: str, seed: int) -> tuple[list[str], Size]:
    """Tables made and filled, a model trained; gives the logins' session keys."""
    import django

    django.setup()
    logging.getLogger("recommender").setLevel(logging.WARNING)
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections
    from django.utils import timezone

    from marketplace.discovery import rising, training
    from royalties import keys
    from tests.benchmarks import web_world

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    keys.ensure(settings.CHAIN_KEYS_FILE)
    size, started = web_world.SIZES[name], perf_counter()
    logins = web_world.build(size, timezone.now(), seed)
    built = perf_counter()
    model = training.train(timezone.now())
    rising.add_up(timezone.now())
    print(
        f"{name}: {size.tracks:,} tracks by {size.artists:,} artists, {size.plays:,} plays of "
        f"{size.listeners:,} listeners, seed {seed}; written in {built - started:.0f} s, "
        f"model {model.name} trained in {perf_counter() - built:.0f} s",
        flush=True,
    )
    sessions = [session_of(login) for login in logins]
    connections.close_all()
    return sessions, size


def session_of(user: object) -> str:
    """The key of a session in which the user is signed in, as after the login form."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)  # type: ignore[attr-defined]
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()  # type: ignore[attr-defined]
    session.save()
    return str(session.session_key)


def pages_of(size: Size) -> list[Page]:
    from tests.benchmarks.web_world import track_id

    def drawn(number: random.Random) -> str:
        return f"/tracks/{track_id(1 + int(size.tracks * number.random() ** 3))}"

    return [
        Page(BASELINE, lambda _: "/healthz", signed_in=False),
        Page("login page", lambda _: "/login", signed_in=False),
        Page("landing", lambda _: "/", signed_in=False),
        Page("home", lambda _: "/"),
        Page("track", drawn),
        Page("track, visitor", drawn, signed_in=False),
        Page("most played track", lambda _: f"/tracks/{track_id(1)}"),
        Page("songs", lambda number: f"/songs?page={number.randint(1, 10)}"),
        Page("search", lambda number: f"/songs?q={number.choice(WORDS)}"),
        Page("portfolio", lambda _: "/portfolio"),
    ]


async def measured(served: World, options: argparse.Namespace) -> list[Figures]:
    """Each page in turn; prints a line as soon as it is known."""
    print(
        f"{'page':20}{'n':>6}{'p50':>8}{'p95':>8}{'p99':>8}{'cpu':>8}  ms{'/s':>8}"
        f"{'x healthz':>11}  load"
    )
    wanted = options.pages.split(",") if options.pages else [page.name for page in served.pages]
    done: list[Figures] = []
    for page in (page for page in served.pages if page.name in wanted):
        figures = await ask(served, page, options)
        done.append(figures)
        ratio = f"{figures.p95 / done[0].p95:.1f}" if done[0].page == BASELINE else "-"
        wrong = f"  {figures.failed} FAILED" if figures.failed else ""
        print(
            f"{page.name:20}{figures.n:6}{figures.p50:8.0f}{figures.p95:8.0f}{figures.p99:8.0f}"
            f"{figures.cpu:8.1f}    {figures.per_second:8.0f}{ratio:>11}"
            f"  {os.getloadavg()[0]:.1f}{wrong}",
            flush=True,
        )
    return done


async def ask(served: World, page: Page, options: argparse.Namespace) -> Figures:
    """`CLIENTS` at once, each on its own connection and login, until enough was asked."""
    numbers, times, failed = random.Random(options.seed), [], 0
    left, until = options.requests + WARM_REQUESTS, monotonic() + options.seconds
    before = served.cpu_seconds()

    async def client(cookie: str) -> None:
        nonlocal left, failed
        headers = {"Cookie": f"sessionid={cookie}"} if page.signed_in else {}
        headers["Accept-Encoding"] = "gzip"
        connector = aiohttp.TCPConnector(limit=1)
        jar = aiohttp.CookieJar(unsafe=True)  # as a browser: also of an address without a name
        async with aiohttp.ClientSession(
            connector=connector, cookie_jar=jar, auto_decompress=False
        ) as session:
            while left > 0 and monotonic() < until:
                left -= 1
                started = perf_counter()
                async with session.get(
                    served.url + page.path(numbers), headers=headers, allow_redirects=False
                ) as answer:
                    await answer.read()
                    failed += answer.status != 200
                times.append(perf_counter() - started)

    await asyncio.gather(*(client(cookie) for cookie in served.cookies[:CLIENTS]))
    cpu = 1000 * (served.cpu_seconds() - before) / len(times)
    counted = sorted(times[min(WARM_REQUESTS, len(times) // 4) :])

    def part(share: float) -> float:
        return 1000 * counted[min(len(counted) - 1, int(share * len(counted)))]

    per_second = CLIENTS * len(counted) / sum(counted)
    p50, p95, p99 = part(0.5), part(0.95), part(0.99)
    return Figures(page.name, len(counted), p50, p95, p99, per_second, cpu, failed)


def spent(process: psutil.Process) -> float:
    """CPU seconds of a process, its children, and those of them that have ended."""
    own = sum(process.cpu_times()[:4])  # user, system, and the same of ended children
    with suppress(psutil.Error):
        own += sum(spent(child) for child in process.children())
    return own


def say_memory(run: embedded.Embedded) -> None:
    """What the web processes take right after their start."""
    web = [process.pid for child, process in run.running.values() if child.name.startswith("web")]
    megabytes = sum(psutil.Process(pid).memory_info().rss for pid in web) >> 20
    print(f"{len(web)} web processes, {megabytes} MB before the first page", flush=True)


if __name__ == "__main__":
    sys.exit(main())
