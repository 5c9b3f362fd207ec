"""Songs so short that a play counts after a second, and listeners with money to play them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests import embedded
from tests.benchmarks.web_served import World, prepare, session_of

SONG_SECONDS = 2.0
SONGS = 30
MICROS = 200_000_000  # in each purse


@contextmanager
def world(listeners: int) -> Iterator[tuple[World, list[str]]]:
    """A durable database with songs and logins that have money; the songs' ids."""
    run = embedded.make()
    os.environ |= run.variables | {
        "TEST_MONEY": "1",
        "HOLD_WINDOW": "0",  # accrued as soon as it is asked for
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        "OPENBLAS_NUM_THREADS": "1",
        "PAGE_KEPT_SECONDS": "15",
    }
    try:
        run.start_database(durable=True)
        run.start_broker()
        prepare()
        tracks, cookies = filled(listeners)
        yield World(cookies, [], run), tracks
    finally:
        run.stop()


def filled(listeners: int) -> tuple[list[str], list[str]]:
    """Songs and sessions, made as uploads and the sign-up page make them."""
    from django.db import connections
    from django.utils import timezone

    from marketplace.users.signup import sign_up
    from marketplace.wallet import topups
    from tests.builders import a_track

    at = timezone.now()
    tracks = [str(a_track(seconds=SONG_SECONDS, at=at).pk) for _ in range(SONGS)]
    cookies = []
    for number in range(listeners):
        login = sign_up(f"login{number}@example.org", None, f"Login {number}", at)
        topups.top_up(login, MICROS, "measuring", at, monthly_cap_micros=1_000_000_000)
        cookies.append(session_of(login))
    connections.close_all()
    return tracks, cookies
