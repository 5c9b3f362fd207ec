"""A world of `web_world` to ask for pages in: its services, its logins, the addresses asked for.

PostgreSQL, Valkey and the web processes are the ones `make up` starts. A world is made anew for
each run and goes with it, unless a folder is named to keep it in: the large one takes minutes.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import psutil

from marketplace.up import processes
from tests import embedded

if TYPE_CHECKING:
    from tests.benchmarks.web_world import Size

BASELINE = "healthz"
WORDS = ("slow harbour", "glas weather", "northern lantern", "copper", "artist 17")
FILLED = "filled.json"  # written when a kept world is complete


@dataclass(frozen=True)
class Page:
    """What to ask for: `path` makes an address, by a random number of the run's seed."""

    name: str
    path: Callable[[random.Random], str]
    signed_in: bool = True


@dataclass(frozen=True)
class World:
    """A session for each client, its pages, and what runs for it."""

    cookies: list[str]
    pages: list[Page]
    run: embedded.Embedded

    def cpu_seconds(self) -> float:
        """What all processes have taken since they started."""
        return sum(spent(psutil.Process(process.pid)) for _, process in self.run.running.values())


def add_world_options(parser: argparse.ArgumentParser) -> None:
    """Which world is measured in, and whether it stays."""
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder to keep worlds in, and to find them")


@contextmanager
def world(name: str, seed: int, keep: Path | None = None) -> Iterator[World]:
    """A world of one size, its database and store running; no web processes yet."""
    run = embedded.make(kept_folder(keep, name, seed))
    os.environ |= run.variables | {
        "TEST_MONEY": "1",
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
    }
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    os.environ["PAGE_KEPT_SECONDS"] = "15"  # as outside of tests
    try:
        run.start_database(durable=True)
        run.start_broker()
        cookies, size = found(run.folder) or filled(run.folder, name, seed)
        yield World(cookies, pages_of(size), run)
    finally:
        run.stop(keep=keep is not None)


@contextmanager
def served(inside: World) -> Iterator[str]:
    """Its web processes; gives their address."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        for child in processes.web(listener, dict(os.environ), inside.run.folder):
            inside.run.start(child.name, child)
        say_memory(inside.run)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def kept_folder(keep: Path | None, name: str, seed: int) -> Path | None:
    """Where such a world is kept; one that was left half made goes first."""
    if keep is None:
        return None
    folder = keep.resolve() / f"{name}-{seed}"
    if not (folder / FILLED).exists():
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    return folder


def found(folder: Path) -> tuple[list[str], Size] | None:
    """The world that an earlier run made here, its tables brought up to date."""
    if not (folder / FILLED).exists():
        return None
    shutil.rmtree(folder / "static", ignore_errors=True)  # collected by another version
    prepare()
    from django.core.cache import caches

    from tests.benchmarks.web_world import Size

    caches["pages"].clear()
    said = json.loads((folder / FILLED).read_text())
    print(f"the world of {folder}, made at {said['at']}", flush=True)
    return said["cookies"], Size(**said["size"])


def prepare() -> None:
    """Django set up, tables as the models say, files for browsers collected."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from royalties import keys

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    keys.ensure(settings.CHAIN_KEYS_FILE)


def filled(folder: Path, name: str, seed: int) -> tuple[list[str], Size]:
    """Tables made and filled, a model trained; gives the logins' session keys."""
    prepare()
    logging.getLogger("recommender").setLevel(logging.WARNING)
    from dataclasses import asdict

    from django.db import connections
    from django.utils import timezone

    from marketplace.discovery import rising, training
    from tests.benchmarks import web_world

    size, started, now = web_world.SIZES[name], perf_counter(), timezone.now()
    logins = web_world.build(size, now, seed)
    built = perf_counter()
    model = training.train(timezone.now())
    rising.add_up(timezone.now())
    print(
        f"{name}: {size.tracks:,} tracks by {size.artists:,} artists, {size.plays:,} plays of "
        f"{size.listeners:,} listeners, seed {seed}; written in {built - started:.0f} s, "
        f"model {model.name} trained in {perf_counter() - built:.0f} s",
        flush=True,
    )
    cookies = [session_of(login) for login in logins]
    connections.close_all()
    said = {"at": now.isoformat(timespec="minutes"), "size": asdict(size), "cookies": cookies}
    (folder / FILLED).write_text(json.dumps(said))
    return cookies, size


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
        Page("visitor's track", drawn, signed_in=False),
        Page("similar", lambda number: f"{drawn(number)}/similar?part=1"),
        Page("most played track", lambda _: f"/tracks/{track_id(1)}"),
        Page("songs", lambda number: f"/songs?page={number.randint(1, 10)}"),
        Page("search", lambda number: f"/songs?q={number.choice(WORDS)}"),
        Page("portfolio", lambda _: "/portfolio"),
    ]


def spent(process: psutil.Process) -> float:
    """CPU seconds of a process, its children, and those of them that have ended."""
    own = sum(process.cpu_times()[:4])  # user, system, and the same of ended children
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            own += spent(child)
    return own


def say_memory(run: embedded.Embedded) -> None:
    """What the web processes take right after their start."""
    web = [process.pid for child, process in run.running.values() if child.name.startswith("web")]
    megabytes = sum(psutil.Process(pid).memory_info().rss for pid in web) >> 20
    print(f"{len(web)} web processes, {megabytes} MB before the first page", flush=True)
