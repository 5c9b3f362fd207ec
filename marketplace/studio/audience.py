"""How listeners met songs, what they answered to the price, and who owns a part of them.

A song is met at the first play of it that counted; the quote of that play knows from which page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from marketplace.pricing.models import Quote
from royalties.models import Reversal

WORDS = {
    "track": "the song’s page",
    "press": "a play button",
    "queue": "a queue",
    "radio": "radio",
    "autoplay": "autoplay",
}
BY = {
    "track": "from the song’s page",
    "press": "by a play button",
    "queue": "out of a queue",
    "radio": "on radio",
    "autoplay": "by autoplay",
}  # a play, with how it began
ANSWERED = (Quote.State.ACCEPTED, Quote.State.DECLINED, Quote.State.EXPIRED)


@dataclass(frozen=True)
class Answers:
    """How many listeners were asked a song's price, and how many of them played on."""

    asked: int = 0
    accepted: int = 0

    @property
    def percent(self) -> int:
        """Cut, not rounded up."""
        return 100 * self.accepted // self.asked if self.asked else 0


@dataclass(frozen=True)
class Told:
    """What a song's quotes tell: the answers, by surface how many more plays than before, and how
    many plays were given away.
    """

    answers: Answers
    moved: Mapping[str, int]
    free: int = 0


@dataclass(frozen=True)
class Way:
    """One way by which listeners met songs; `permille` of all of them."""

    surface: str
    words: str
    listeners: int
    permille: int

    @property
    def percent(self) -> int:
        return self.permille // 10


def told(
    tracks: Collection[UUID], since: datetime, span: timedelta, at: datetime
) -> dict[UUID, Told]:
    """The observations that taught each price since then and the free plays, and plays against the
    span before.

    One query, whatever the number of songs.
    """
    taught = Q(teaches=True, state__in=ANSWERED, issued_at__gte=since, issued_at__lte=at)
    counted = Q(state=Quote.State.ACCEPTED)
    taken_back = Reversal.objects.filter(released_at=None).values("play__reference")
    stands = counted & ~Q(pk__in=taken_back)
    now = stands & Q(ended_at__gt=at - span, ended_at__lte=at)
    before = stands & Q(ended_at__gt=at - 2 * span, ended_at__lte=at - span)
    free = counted & Q(price_micros=0, ended_at__gt=since, ended_at__lte=at)
    asked_for = taught | now | before | free
    rows = Quote.objects.filter(asked_for, track__in=tracks).values("track", "surface")
    sums = rows.annotate(
        asked=Count("pk", filter=taught),
        accepted=Count("pk", filter=taught & counted),
        now=Count("pk", filter=now),
        before=Count("pk", filter=before),
        free=Count("pk", filter=free),
    )
    by_track: dict[UUID, list[dict[str, Any]]] = {track: [] for track in tracks}
    for row in sums:
        by_track[row["track"]].append(dict(row))
    return {track: _told(found) for track, found in by_track.items()}


def _told(by_surface: Sequence[Mapping[str, Any]]) -> Told:
    asked = sum(row["asked"] for row in by_surface)
    accepted = sum(row["accepted"] for row in by_surface)
    return Told(
        Answers(asked, accepted),
        {row["surface"]: row["now"] - row["before"] for row in by_surface},
        sum(row["free"] for row in by_surface),
    )


def met(tracks: Collection[UUID], since: datetime, until: datetime) -> dict[UUID, Counter[str]]:
    """Listeners who met each song in that time, by surface; one query."""
    earlier = Quote.objects.filter(
        track=OuterRef("track"),
        listener=OuterRef("listener"),
        state=Quote.State.ACCEPTED,
        issued_at__lt=OuterRef("issued_at"),
    )
    first = Quote.objects.filter(
        track__in=tracks, state=Quote.State.ACCEPTED, issued_at__gte=since, issued_at__lte=until
    ).exclude(Exists(earlier))
    found: dict[UUID, Counter[str]] = defaultdict(Counter)
    rows = first.values("track", "surface").annotate(n=Count("listener", distinct=True))
    for row in rows:
        found[row["track"]][row["surface"]] += row["n"]
    return found


def ways(by_surface: Mapping[str, int]) -> list[Way]:
    """Most taken first."""
    total = sum(by_surface.values())
    return [
        Way(surface, WORDS.get(surface, surface), n, 1_000 * n // total)
        for surface, n in sorted(by_surface.items(), key=lambda one: (-one[1], one[0]))
    ]
