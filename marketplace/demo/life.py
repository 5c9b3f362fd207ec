"""Fourteen days in the demo's past and today up to now, hour by hour, lived once.

An hour is one transaction with the mark of how far life has come, so a process that is killed goes
on with the hour it was in. Each midnight a period is closed, published and made active.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

from django.db import transaction

from marketplace.catalog.models import Track
from marketplace.demo import cases, hours, settling, tastes
from marketplace.demo.hours import DAY, HOURS, SEED, Cast
from marketplace.demo.listeners import Persona
from marketplace.demo.models import Life
from marketplace.users.models import User
from royalties.models import Party

DAYS = 14


def begin(now: datetime) -> Life:
    """The demo's one life; a new one starts at the midnight (UTC) `DAYS` before today's."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight - DAYS * DAY
    return Life.objects.get_or_create(pk=1, defaults={"started_at": start, "lived_until": start})[0]


def live(
    life: Life,
    listeners: Sequence[tuple[User, Persona]],
    claimants: Sequence[tuple[Party, int]],
    now: datetime,
) -> Iterator[str]:
    """Live on until `now`; yields a line a day. `claimants` take their money on that day's eve."""
    if life.finished_at is not None:
        return
    cast = _cast(listeners, life.started_at)
    offered = 0
    if life.lived_until > life.started_at:  # what a killed process may have left undone
        _evening(life.lived_until, cast, claimants)
    while life.lived_until < now:
        at = life.lived_until
        until = min(at + HOURS, now)
        offered += _hour(life, cast, at, until, last=until == now)
        if _evening(until, cast, claimants):
            yield f"day {round(cast.day(until))} of {DAYS}, {offered} songs offered"
    Life.objects.filter(pk=life.pk).update(finished_at=now)


@transaction.atomic
def _hour(life: Life, cast: Cast, at: datetime, until: datetime, last: bool) -> int:
    cases.live(cast.started_at, at)
    offered = hours.live(cast, at, until, last)
    life.lived_until = until
    life.save(update_fields=["lived_until"])
    return offered


def _evening(at: datetime, cast: Cast, claimants: Sequence[tuple[Party, int]]) -> bool:
    """At midnight, settle the day and let those take their money whose day it is."""
    if at.astimezone(UTC).time() != time():
        return False
    settling.close_day(at)
    for party, day in claimants:
        if day == round(cast.day(at)):
            settling.claim(party, at + timedelta(minutes=5))
    return True


def _cast(listeners: Sequence[tuple[User, Persona]], started_at: datetime) -> Cast:
    tracks = list(Track.objects.published().select_related("terms").order_by("isrc", "title"))
    genres = genres_of(tracks)
    return Cast(
        listeners=listeners,
        tracks=tracks,
        songs=tastes.repertoire(
            [track.title for track in tracks],
            [genres.index(track.genre) for track in tracks],
            [(track.published_at - started_at) / DAY for track in tracks if track.published_at],
            SEED,
        ),
        started_at=started_at,
    )


def genres_of(tracks: Sequence[Track]) -> list[str]:
    """The genres there are, in the order of their names; tastes are in this order too."""
    return sorted({track.genre for track in tracks})
