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
import os
import random
import sys
from dataclasses import dataclass
from time import monotonic, perf_counter

import aiohttp

from tests.benchmarks.web_served import BASELINE, Page, World, add_world_options, served, world

CLIENTS = 20
WARM_REQUESTS = 60


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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="demo", help="worlds to measure: demo,large")
    parser.add_argument("--requests", type=int, default=600, help="of each page, at most")
    parser.add_argument("--seconds", type=float, default=15, help="for each page, at most")
    parser.add_argument("--pages", default="", help="comma-separated names; all by default")
    add_world_options(parser)
    options = parser.parse_args(arguments)
    failed = 0
    for name in options.sizes.split(","):
        with world(name, options.seed, options.keep) as inside, served(inside) as url:
            for figures in asyncio.run(measured(inside, url, options)):
                failed += figures.failed
    return 1 if failed else 0


async def measured(inside: World, url: str, options: argparse.Namespace) -> list[Figures]:
    """Each page in turn; prints a line as soon as it is known."""
    print(
        f"{'page':20}{'n':>6}{'p50':>8}{'p95':>8}{'p99':>8}{'cpu':>8}  ms{'/s':>8}"
        f"{'x healthz':>11}  load"
    )
    wanted = options.pages.split(",") if options.pages else [page.name for page in inside.pages]
    done: list[Figures] = []
    for page in (page for page in inside.pages if page.name in wanted):
        figures = await ask(inside, url, page, options)
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


async def ask(inside: World, url: str, page: Page, options: argparse.Namespace) -> Figures:
    """`CLIENTS` at once, each on its own connection and login, until enough was asked."""
    numbers, times, failed = random.Random(options.seed), [], 0
    left, until = options.requests + WARM_REQUESTS, monotonic() + options.seconds
    before = inside.cpu_seconds()

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
                    url + page.path(numbers), headers=headers, allow_redirects=False
                ) as answer:
                    await answer.read()
                    failed += answer.status != 200
                times.append(perf_counter() - started)

    await asyncio.gather(*(client(cookie) for cookie in inside.cookies[:CLIENTS]))
    cpu = 1000 * (inside.cpu_seconds() - before) / len(times)
    counted = sorted(times[min(WARM_REQUESTS, len(times) // 4) :])

    def part(share: float) -> float:
        return 1000 * counted[min(len(counted) - 1, int(share * len(counted)))]

    per_second = CLIENTS * len(counted) / sum(counted)
    p50, p95, p99 = part(0.5), part(0.95), part(0.99)
    return Figures(page.name, len(counted), p50, p95, p99, per_second, cpu, failed)


if __name__ == "__main__":
    sys.exit(main())
