"""Track rows as lists show them: price, its week, and the listener's share, in two queries.

A song's week is kept for some seconds; its price is always the one of now.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString

from marketplace.catalog.models import Artist, Track
from marketplace.kept import kept_of_each
from marketplace.pricing import free
from marketplace.users.models import User
from royalties.models import Holding
from royalties.prepared import partly, prepared

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
SPARK_SLOT = timedelta(hours=6)  # a spark line is 52 pixels wide
WEEKS = """
SELECT DISTINCT ON (track_id, slots_ago) track_id, slots_ago, micros, first FROM (
    SELECT track_id, at, micros,
           first_value(micros) OVER (PARTITION BY track_id ORDER BY at) AS first,
           floor(extract(epoch FROM %(at)s - at) / %(slot)s)::int AS slots_ago
    FROM pricing_pricepoint WHERE track_id = ANY(%(ids)s) AND at > %(since)s AND at <= %(at)s
) point ORDER BY track_id, slots_ago DESC, at DESC
"""
SHOWN = ("id", "terms_id", "artist_id", "revision", "title", "peaks", "duration_seconds")
SONGS = f"""
SELECT {", ".join(f"track.{name}" for name in SHOWN)}, artist.name
FROM catalog_track track JOIN catalog_artist artist ON artist.id = track.artist_id
WHERE track.id = ANY(%(ids)s) AND track.state = 'published'
"""
NOW = f"""
SELECT track.id, price.micros, {free.LEFT}, track.state = 'published', coalesce(held.units, 0),
       liked.id IS NOT NULL, track.revision
FROM catalog_track track JOIN pricing_trackprice price ON price.track_id = track.id
LEFT JOIN pricing_freeplays free ON free.track_id = track.id
LEFT JOIN royalties_holding held ON held.terms_id = track.terms_id AND held.party_id = %(party)s
LEFT JOIN discovery_like liked ON liked.track_id = track.id AND liked.user_id = %(user)s
WHERE track.id = ANY(%(ids)s)
"""


@dataclass(frozen=True)
class Now:
    """What is never kept of a row: its price, and the listener's share and like."""

    price_micros: int
    free: bool  # its first plays still are
    on_sale: bool
    units: int
    liked: bool
    revision: int = 0  # of what it is called


@dataclass(frozen=True)
class Week:
    """Prices in micros: the last of each few hours, oldest first, and the one of a day ago."""

    prices: tuple[int, ...]
    yesterday: int | None


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
    reason: Why | None
    units_owned: int = 0
    liked: bool = False
    free: bool = False

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
    now = now_of(ids, listener)
    weeks = kept_of_each("week", ids, lambda missing: price_weeks(missing, at))
    return [
        replace(
            _row(track, now[track.pk].price_micros, weeks[track.pk], (reasons or {}).get(track.pk)),
            units_owned=now[track.pk].units,
            liked=now[track.pk].liked,
            free=now[track.pk].free,
        )
        for track in tracks
    ]


def rows_at(now: Mapping[UUID, Now], at: datetime) -> list[TrackRow]:
    """Those of them that are published, at these prices, as anybody sees them; two queries."""
    tracks = _songs(list(now))
    weeks = price_weeks([track.pk for track in tracks], at)
    return [
        replace(
            _row(track, now[track.pk].price_micros, weeks[track.pk], None), free=now[track.pk].free
        )
        for track in tracks
    ]


def _songs(ids: list[UUID]) -> list[Track]:
    """The published ones, with what a row shows of them and nothing else."""
    if not ids:
        return []
    with prepared() as cursor:
        cursor.execute(SONGS, {"ids": ids})
        return [_song(*row) for row in cursor.fetchall()]


def _song(*row: Any) -> Track:
    *columns, name = row
    track = partly(Track, dict(zip(SHOWN, columns, strict=True)))
    track.peaks = json.loads(track.peaks)
    track.artist = partly(Artist, {"id": track.artist_id, "name": name})
    return track


def now_of(ids: Sequence[UUID], listener: User | None) -> dict[UUID, Now]:
    """Of nobody's share and like for a visitor; one query."""
    if not ids:
        return {}
    party, user = (listener.party_id, listener.pk) if listener else (None, None)
    with prepared() as cursor:
        cursor.execute(NOW, {"ids": list(ids), "party": party, **free.told(user)})
        return {pk: Now(*rest) for pk, *rest in cursor.fetchall()}


def price_weeks(ids: Sequence[UUID], at: datetime) -> dict[UUID, Week]:
    """The last seven days of each of these tracks' prices; one query."""
    if not ids:
        return {}
    slot = SPARK_SLOT.total_seconds()
    found: dict[UUID, list[tuple[int, int, int]]] = defaultdict(list)
    with prepared() as cursor:
        cursor.execute(WEEKS, {"ids": list(ids), "at": at, "since": at - WEEK, "slot": slot})
        for track, *point in cursor.fetchall():
            found[track].append(tuple(point))
    return {pk: _week(found[pk]) for pk in ids}


def _week(points: Sequence[tuple[int, int, int]]) -> Week:
    """Of (slots ago, price, the week's first price), the oldest first."""
    first = [first for _, _, first in points[:1]]
    before = [micros for slots_ago, micros, _ in points if slots_ago >= DAY // SPARK_SLOT] or first
    return Week(tuple(micros for _, micros, _ in points), before[-1] if before else None)


def units_owned(terms_ids: Sequence[UUID], listener: User) -> dict[Any, int]:
    """Units that the listener owns, by terms."""
    mine = Holding.objects.filter(party=listener.party_id, terms__in=terms_ids, units__gt=0)
    return dict(mine.values_list("terms", "units"))


def _row(track: Track, micros: int, week: Week, reason: Why | None) -> TrackRow:
    """As anybody sees it."""
    assert track.artist is not None
    assert track.duration_seconds is not None
    assert track.terms_id is not None
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
        change_micros=0 if week.yesterday is None else micros - week.yesterday,
        prices=[*week.prices, micros],
        reason=reason,
    )
