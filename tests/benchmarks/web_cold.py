"""`python -m tests.benchmarks.web_cold`: the CPU time of a page on a first visit, and on the next.

Asked for through Django's client in this one process, so that others on the machine change little.
`first` finds nothing kept of any page, `again` finds what the first has kept; `database` is what
PostgreSQL took for a first one. `--profile` prints where the first visits' time went.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import sys
from contextlib import suppress
from dataclasses import dataclass
from time import process_time
from typing import TYPE_CHECKING

import psutil

from tests.benchmarks.web_served import Page, World, add_world_options, spent, world

if TYPE_CHECKING:
    from django.test import Client

WARM_REQUESTS = 12
LINES = 60


@dataclass(frozen=True)
class Figures:
    """CPU milliseconds a request."""

    first: float
    again: float
    database: float


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="demo", help="the world to measure in: demo or large")
    parser.add_argument("--requests", type=int, default=100, help="of each page")
    parser.add_argument("--pages", default="", help="comma-separated names; all by default")
    add_world_options(parser)
    parser.add_argument("--profile", default="", help="print a profile by: cumulative, tottime")
    options = parser.parse_args(arguments)
    with world(options.size, options.seed, options.keep) as inside:
        wanted = options.pages.split(",") if options.pages else [page.name for page in inside.pages]
        print(f"{'page':20}{'first':>8}{'again':>8}{'database':>10}  CPU ms")
        for page in (page for page in inside.pages if page.name in wanted):
            figures = ask(inside, page, options)
            print(
                f"{page.name:20}{figures.first:8.1f}{figures.again:8.1f}{figures.database:10.1f}",
                flush=True,
            )
        from django.db import connections

        for connection in connections.all():
            connection.close_pool()  # type: ignore[attr-defined]
    return 0


def ask(inside: World, page: Page, options: argparse.Namespace) -> Figures:
    """The same visits by the first login, each twice."""
    from django.test import Client

    client, numbers = Client(), random.Random(options.seed)
    if page.signed_in:
        client.cookies["sessionid"] = inside.cookies[0]
    for _ in range(WARM_REQUESTS):
        visit(client, page.path(numbers))
    first = again = in_database = 0.0
    profile = cProfile.Profile()
    for _ in range(options.requests):
        path = page.path(numbers)
        forget()
        before = database_seconds(inside)
        if options.profile:
            profile.enable()
        first += visit(client, path)
        profile.disable()
        in_database += database_seconds(inside) - before
        again += visit(client, path)
    if options.profile:
        pstats.Stats(profile).sort_stats(options.profile).print_stats(LINES)
    each = 1_000 / options.requests
    return Figures(first * each, again * each, in_database * each)


def database_seconds(inside: World) -> float:
    """CPU seconds of the connections that pages are read through; not of what goes on beside."""
    server, total = psutil.Process(inside.run.running["database"][1].pid), 0.0
    for child in server.children():
        with suppress(psutil.NoSuchProcess):  # one that ends meanwhile served no page
            total += spent(child) if "[local]" in child.cmdline()[0] else 0.0
    return total


def visit(client: Client, path: str) -> float:
    """CPU seconds of this process."""
    started = process_time()
    answer = client.get(path)
    taken = process_time() - started
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return taken


def forget() -> None:
    """All that is kept of pages, here and in the store; sessions stay."""
    from django.conf import settings
    from django.core.cache import caches

    from marketplace import kept
    from marketplace.store import connected

    kept._near.clear()
    store = connected(settings.REDIS_URL)
    keys = list(store.scan_iter(f"{caches['pages'].key_prefix}:*", count=1_000))
    if keys:
        store.delete(*keys)


if __name__ == "__main__":
    sys.exit(main())
