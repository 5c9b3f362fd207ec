"""A roster's revenue by artist, song and day, for the label's page, its chart and its CSV."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from marketplace.catalog.models import Artist, Track
from marketplace.studio.own import roster_of, tracks_by
from marketplace.users.models import User
from royalties import money, statements
from royalties.models import Deal, Payee

DAYS = (7, 14, 30)


@dataclass(frozen=True)
class Taking:
    """Plays, what listeners paid for them, and the label's part before any recoupment."""

    plays: int = 0
    micros: int = 0
    to_you_micros: int = 0

    def __add__(self, other: Taking) -> Taking:
        return Taking(
            self.plays + other.plays,
            self.micros + other.micros,
            self.to_you_micros + other.to_you_micros,
        )


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


def of_roster(label: User, at: datetime, n_days: int) -> Revenue:
    """The last days up to this moment, in six queries."""
    artists = roster_of(label)
    tracks = tracks_by(artists)
    since = at - timedelta(days=n_days - 1)
    days = [since.date() + timedelta(days=i) for i in range(n_days)]
    takings = _takings(label, artists, tracks, since, at)
    songs = [_song(track, takings[terms], days) for terms, track in tracks.items()]
    songs.sort(key=lambda line: (-line.total.micros, line.artist.name))
    lines = [_artist(artist, songs, n_days) for artist in artists]
    lines.sort(key=lambda line: (-line.total.micros, line.artist.name))
    by_day = [_sum(line.days[i] for line in lines) for i in range(n_days)]
    return Revenue(days, lines, songs, by_day, _sum(by_day))


def _takings(
    label: User,
    artists: Sequence[Artist],
    tracks: Mapping[UUID, Track],
    since: datetime,
    at: datetime,
) -> Mapping[UUID, Mapping[date, Taking]]:
    """By the song's terms and day."""
    mine = Deal.objects.filter(label=label.party_id, state=Deal.State.ACCEPTED)
    deals = {deal.artist_id: deal for deal in mine}
    parts: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    people = [label.party_id, *(artist.party_id for artist in artists)]
    paid = Payee.objects.filter(terms__in=tracks, party__in=people)
    for terms_id, party_id, bps in paid.values_list("terms_id", "party_id", "bps"):
        parts[terms_id][party_id] = bps
    takings: dict[UUID, dict[date, Taking]] = defaultdict(dict)
    for one in statements.revenue(list(tracks), since, at):
        artist = tracks[one.terms_id].artist
        deal = deals.get(artist.party_id) if artist else None
        yours = money.floor_share(one.micros, parts[one.terms_id].get(label.party_id, 0))
        if deal is not None and deal.starts_on <= one.day:
            theirs = money.floor_share(one.micros, parts[one.terms_id].get(deal.artist_id, 0))
            yours += money.floor_share(theirs, deal.label_bps)
        takings[one.terms_id][one.day] = Taking(one.plays, one.micros, yours)
    return takings


def _song(track: Track, takings: Mapping[date, Taking], days: Sequence[date]) -> Line:
    assert track.artist is not None
    each = [takings.get(day, Taking()) for day in days]
    return Line(track.artist, track, 1, _sum(each), each)


def _artist(artist: Artist, songs: Sequence[Line], n_days: int) -> Line:
    own = [line for line in songs if line.artist.pk == artist.pk]
    days = [_sum(line.days[i] for line in own) for i in range(n_days)]
    return Line(artist, own[0].track if own else None, len(own), _sum(days), days)


def _sum(takings: Iterable[Taking]) -> Taking:
    return sum(takings, Taking())
