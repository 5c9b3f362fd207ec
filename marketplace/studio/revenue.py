"""Revenue by artist, song and day, for studios' pages, their charts and their CSV files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from marketplace.catalog.models import Artist, Track
from marketplace.studio.scope import Scope
from royalties import statements

DAYS = (7, 14, 30, 90)
USUAL_DAYS = 14


@dataclass(frozen=True)
class Taking:
    """Plays, what listeners paid for them, and the studio's part before any recoupment."""

    plays: int = 0
    micros: int = 0
    to_you_micros: int = 0


NOTHING = Taking()


@dataclass(frozen=True)
class Line:
    """One artist or one song: in all, and day by day."""

    artist: Artist
    track: Track | None  # of a song; an artist's best earning one otherwise
    songs: int
    total: Taking
    days: Sequence[Taking]

    @property
    def today(self) -> Taking:
        return self.days[-1]

    @property
    def terms_id(self) -> UUID:
        """Of its track, which is published."""
        assert self.track is not None
        assert self.track.terms_id is not None
        return self.track.terms_id

    @property
    def plays_by_day(self) -> list[int]:
        return [taking.plays for taking in self.days]


@dataclass(frozen=True)
class Revenue:
    """Artists and songs, best earning first; `total` and `by_day` over all of them."""

    days: Sequence[date]
    artists: Sequence[Line]
    songs: Sequence[Line]
    by_day: Sequence[Taking]
    total: Taking

    @property
    def today(self) -> Taking:
        return self.by_day[-1]

    @property
    def since(self) -> datetime:
        """The beginning of the first day."""
        return datetime.combine(self.days[0], time(), UTC)


def revenue(scope: Scope, at: datetime, n_days: int) -> Revenue:
    """The last days up to this moment; one query."""
    since = at - timedelta(days=n_days - 1)
    days = [since.date() + timedelta(days=i) for i in range(n_days)]
    takings: dict[UUID, dict[date, Taking]] = defaultdict(dict)
    for one in statements.revenue(list(scope.tracks), since, at):
        yours = scope.shares.of(one.terms_id, one.day, one.micros)
        takings[one.terms_id][one.day] = Taking(one.plays, one.micros, yours)
    songs = [_song(track, takings[terms], days) for terms, track in scope.tracks.items()]
    songs.sort(key=lambda line: (-line.total.micros, line.artist.name))
    own: dict[UUID, list[Line]] = defaultdict(list)
    for song in songs:
        own[song.artist.pk].append(song)
    lines = [_artist(artist, own[artist.pk], n_days) for artist in scope.artists]
    lines.sort(key=lambda line: (-line.total.micros, line.artist.name))
    by_day = [_sum(line.days[i] for line in lines) for i in range(n_days)]
    return Revenue(days, lines, songs, by_day, _sum(by_day))


def _song(track: Track, takings: Mapping[date, Taking], days: Sequence[date]) -> Line:
    assert track.artist is not None
    each = [takings.get(day, NOTHING) for day in days]
    return Line(track.artist, track, 1, _sum(each), each)


def _artist(artist: Artist, own: Sequence[Line], n_days: int) -> Line:
    days = [_sum(line.days[i] for line in own) for i in range(n_days)]
    return Line(artist, own[0].track if own else None, len(own), _sum(days), days)


def _sum(takings: Iterable[Taking]) -> Taking:
    """Counted up in place: a large roster has a taking for each song and day."""
    plays = micros = yours = 0
    for taking in takings:
        if taking.plays:
            plays, micros = plays + taking.plays, micros + taking.micros
            yours += taking.to_you_micros
    return Taking(plays, micros, yours) if plays else NOTHING
