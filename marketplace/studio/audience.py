"""How listeners met songs, what they answered to the price, and who owns a part of them.

A song is met at the first play of it that counted; the quote of that play knows from which page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from marketplace.pricing.models import Quote

WORDS = {
    "track": "the song’s page",
    "press": "a play button",
    "queue": "a queue",
    "radio": "radio",
    "autoplay": "autoplay",
}
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
class Way:
    """One way by which listeners met songs; `permille` of all of them."""

    surface: str
    words: str
    listeners: int
    permille: int

    @property
    def percent(self) -> int:
        return self.permille // 10


def answers(tracks: Collection[UUID], since: datetime, until: datetime) -> dict[UUID, Answers]:
    """The observations that teach each price, as they were answered; one query."""
    asked = Quote.objects.filter(
        track__in=tracks,
        teaches=True,
        state__in=ANSWERED,
        issued_at__gte=since,
        issued_at__lte=until,
    )
    rows = asked.values("track").annotate(
        n=Count("pk"), yes=Count("pk", filter=Q(state=Quote.State.ACCEPTED))
    )
    found = {row["track"]: Answers(row["n"], row["yes"]) for row in rows}
    return {track: found.get(track, Answers()) for track in tracks}


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
