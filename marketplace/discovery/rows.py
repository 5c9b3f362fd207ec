"""Track rows as lists show them: price, its week, and the listener's share, in four queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString

from marketplace.catalog.models import Track
from marketplace.discovery.models import Like
from marketplace.pricing.models import PricePoint, TrackPrice
from marketplace.users.models import User
from royalties.models import Holding

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Why:
    """The true reason a track stands in a list."""

    icon: str
    text: SafeString | str


@dataclass(frozen=True)
class TrackRow:
    """One row of a list of tracks; amounts in micros, times in seconds."""

    id: UUID
    terms_id: UUID
    title: str
    artist: str
    artist_url: str
    url: str
    cover_url: str
    peaks: list[float]
    counting_fraction: float
    duration_seconds: float
    price_micros: int
    change_micros: int
    prices: list[int]
    units_owned: int
    liked: bool
    reason: Why | None

    @property
    def counting_seconds(self) -> float:
        return self.counting_fraction * self.duration_seconds


def rows(
    tracks: Sequence[Track],
    listener: User | None,
    at: datetime,
    reasons: Mapping[UUID, Why] | None = None,
) -> list[TrackRow]:
    """Rows in the order of `tracks`."""
    ids = [track.pk for track in tracks]
    prices = dict(TrackPrice.objects.filter(track__in=ids).values_list("track", "micros"))
    week = price_weeks(ids, at)
    owned = units_owned(tracks, listener)
    liked = (
        set(Like.objects.filter(user=listener, track__in=ids).values_list("track", flat=True))
        if listener
        else set()
    )
    return [
        _row(
            track,
            prices[track.pk],
            week[track.pk],
            at,
            units_owned=owned.get(track.terms_id, 0),
            liked=track.pk in liked,
            reason=(reasons or {}).get(track.pk),
        )
        for track in tracks
    ]


def price_weeks(ids: Iterable[UUID], at: datetime) -> dict[UUID, list[tuple[datetime, int]]]:
    """Price points of the last seven days, oldest first."""
    found: dict[UUID, list[tuple[datetime, int]]] = defaultdict(list)
    points = PricePoint.objects.filter(track__in=list(ids), at__gt=at - WEEK).order_by("at")
    for track, when, micros in points.values_list("track", "at", "micros"):
        found[track].append((when, micros))
    return found


def units_owned(tracks: Sequence[Track], listener: User | None) -> dict[Any, int]:
    """Units of each track's terms that the listener owns."""
    if listener is None:
        return {}
    mine = Holding.objects.filter(
        party=listener.party_id, terms__in=[track.terms_id for track in tracks], units__gt=0
    )
    return dict(mine.values_list("terms", "units"))


def _row(
    track: Track, micros: int, week: list[tuple[datetime, int]], at: datetime, **rest: Any
) -> TrackRow:
    assert track.artist is not None
    assert track.duration_seconds is not None
    assert track.terms_id is not None
    before = [price for when, price in week if when <= at - timedelta(days=1)]
    yesterday = before[-1] if before else (week[0][1] if week else micros)
    return TrackRow(
        id=track.pk,
        terms_id=track.terms_id,
        title=track.title,
        artist=track.artist.name,
        artist_url=track.artist.get_absolute_url(),
        url=track.get_absolute_url(),
        cover_url=track.cover_url,
        peaks=track.peaks,
        counting_fraction=track.counting_fraction,
        duration_seconds=track.duration_seconds,
        price_micros=micros,
        change_micros=micros - yesterday,
        prices=[price for _, price in week] + [micros],
        **rest,
    )
