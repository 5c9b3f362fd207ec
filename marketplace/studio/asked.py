"""Which plays the address bar asks for; whatever it says that makes no sense is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.http import QueryDict

from marketplace import moments
from marketplace.catalog.models import Track
from marketplace.studio.audience import WORDS
from marketplace.studio.scope import Scope
from marketplace.studio.territories import ELSEWHERE, name_of
from marketplace.users import countries

DAY = timedelta(days=1)
MOST_CHOICES = 200
FIRST = {
    "": "",
    "song": "the first of their listener",
    "any": "by listeners who had heard nothing of yours before",
}


@dataclass(frozen=True)
class Asked:
    """`first`: only the first play of each listener, of the song or of any song."""

    song: UUID | None = None
    artist: UUID | None = None
    period: int | None = None
    country: str = ""
    since: datetime | None = None
    until: datetime | None = None
    surface: str = ""
    first: str = ""

    @property
    def last(self) -> datetime | None:
        """A moment of the last day; None where no end is asked for."""
        return self.until - timedelta.resolution if self.until else None

    def words(self, tracks: Mapping[UUID, Track]) -> str:
        """One sentence, as the page's lede."""
        song = tracks.get(self.song) if self.song else None
        found = [f"of {song.title}" if song else self._whose(tracks)]
        if self.surface:
            found.append(f"met by {WORDS[self.surface]}")
        if self.since and self.until and self.until - self.since == DAY:
            found.append(f"on {self.since:%-d %B %Y}")
        elif self.since and self.until and self.until.time() == time():
            found.append(f"from {self.since:%-d %B} to {self.until - DAY:%-d %B %Y}")
        elif self.since and self.until:
            found.append(f"from {self.since:%-d %B, %H:%M} to {self.until:%-d %B %Y, %H:%M} UTC")
        elif self.since:
            found.append(f"since {self.since:%-d %B %Y, %H:%M} UTC")
        if self.period is not None:
            found.append(f"settled in period {self.period}")
        if self.first:
            found.append(FIRST[self.first])
        if self.country == ELSEWHERE:
            found.append("by listeners elsewhere, or who did not say where")
        elif self.country:
            found.append(f"by listeners in {name_of(self.country)}")
        return f"Counted plays {', '.join(found)}."

    def _whose(self, tracks: Mapping[UUID, Track]) -> str:
        artists = (track.artist for track in tracks.values())
        names = {artist.pk: artist.name for artist in artists if artist}
        return f"of {names[self.artist]}" if self.artist in names else "of all your songs"


def asked_of(query: QueryDict) -> Asked:
    start, end = _day(query.get("from", "")), _day(query.get("to", ""))
    return Asked(
        song=_uuid(query.get("song", "")),
        artist=_uuid(query.get("artist", "")),
        period=_number(query.get("period", "")),
        country=_known(query.get("country", ""), {ELSEWHERE: "", **countries.names()}),
        since=moments.moment(query.get("after", "")) or start,
        until=moments.moment(query.get("before", "")) or (end + DAY if end else None),
        surface=_known(query.get("by", ""), WORDS),
        first=_known(query.get("first", ""), FIRST),
    )


@dataclass(frozen=True)
class Choice:
    """A song or an artist to be chosen by."""

    key: str
    words: str
    chosen: bool


def choices(scope: Scope, asked: Asked) -> dict[str, Sequence[Choice]]:
    """Songs, and artists of a roster, each by name; no list where it would be too long to read."""
    songs = [(pk, track.title) for pk, track in scope.tracks.items()]
    artists = [(artist.pk, artist.name) for artist in scope.artists]
    return {
        "songs": _choices(songs, asked.song),
        "artists": _choices(artists, asked.artist) if scope.user.is_label else [],
    }


def _choices(named: Sequence[tuple[UUID, str]], asked: UUID | None) -> list[Choice]:
    if not 1 < len(named) <= MOST_CHOICES:
        return []
    in_order = sorted(named, key=lambda one: (one[1].casefold(), one[0]))
    return [Choice(str(pk), words, pk == asked) for pk, words in in_order]


def _known(text: str, names: Mapping[str, str]) -> str:
    return text if text in names else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> datetime | None:
    found = moments.day(text)
    return datetime.combine(found, time(), UTC) if found else None
