"""A roster's revenue by artist, track and day, for the label's page and its chart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from marketplace.catalog.models import Artist, Track
from marketplace.studio.own import roster_of, tracks_by
from marketplace.users.models import User
from royalties import statements

DAYS = 30


@dataclass(frozen=True)
class TrackRevenue:
    track: Track
    plays: int
    micros: int


@dataclass(frozen=True)
class ArtistRevenue:
    """What listeners paid for one artist's tracks; `days` holds micros of each day."""

    artist: Artist
    plays: int
    micros: int
    tracks: list[TrackRevenue]
    days: list[int]


@dataclass(frozen=True)
class Revenue:
    days: list[date]
    artists: list[ArtistRevenue]
    plays: int
    micros: int


def of_roster(label: User, at: datetime) -> Revenue:
    """The last thirty days, best earning artist first; two queries for the numbers."""
    artists = roster_of(label)
    tracks = tracks_by(artists)
    since = at - timedelta(days=DAYS - 1)
    days = [since.date() + timedelta(days=i) for i in range(DAYS)]
    by_day: dict[object, dict[date, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for line in statements.revenue(list(tracks), since, at):
        cell = by_day[line.terms_id][line.day]
        cell[0] += line.plays
        cell[1] += line.micros
    each = [_artist(artist, tracks.values(), by_day, days) for artist in artists]
    each.sort(key=lambda one: -one.micros)
    return Revenue(days, each, sum(a.plays for a in each), sum(a.micros for a in each))


def _artist(artist: Artist, tracks, by_day, days: list[date]) -> ArtistRevenue:  # type: ignore[no-untyped-def]
    lines = []
    for track in tracks:
        if track.artist_id == artist.pk:
            cells = by_day[track.terms_id].values()
            lines.append(TrackRevenue(track, sum(c[0] for c in cells), sum(c[1] for c in cells)))
    lines.sort(key=lambda line: -line.micros)
    return ArtistRevenue(
        artist=artist,
        plays=sum(line.plays for line in lines),
        micros=sum(line.micros for line in lines),
        tracks=lines,
        days=[sum(by_day[line.track.terms_id][day][1] for line in lines) for day in days],
    )
