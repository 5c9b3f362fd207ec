"""Albums: songs of one artist that name the same one. An album is nothing but its songs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import inf
from uuid import UUID

from django.db.models import F, QuerySet

from marketplace.catalog.models import Artist, Track

FEWEST_SONGS = 2  # a song that is alone in its album is a single


@dataclass(frozen=True)
class Album:
    """An album as its songs name it; `cover` is the first of them, wherever it is shown."""

    name: str
    artist: Artist
    cover: Track
    songs: int

    @property
    def url(self) -> str:
        return self.cover.album_url


def grouped(tracks: Iterable[Track]) -> list[Album]:
    """The albums of these songs, told apart by name and artist, in the order they are met."""
    found: dict[tuple[str, Artist], list[Track]] = {}
    for track in tracks:
        if track.album and track.artist:
            found.setdefault((track.album, track.artist), []).append(track)
    return [
        Album(name, artist, min(of, key=_place), len(of)) for (name, artist), of in found.items()
    ]


def several(tracks: Iterable[Track]) -> list[Album]:
    """Of `grouped` those that are more than one song."""
    return [album for album in grouped(tracks) if album.songs >= FEWEST_SONGS]


def _place(track: Track) -> tuple[float, float, datetime, UUID]:
    """As `songs_of` orders them."""
    assert track.published_at is not None
    disc, number = track.disc_number or inf, track.track_number or inf
    return (disc, number, track.published_at, track.pk)


def songs_of(artist: Artist, name: str) -> QuerySet[Track]:
    """Those on sale, by their numbers; where there are none, in the order they came out."""
    named = Track.objects.published().filter(artist=artist, album=name)
    places = [F(number).asc(nulls_last=True) for number in ("disc_number", "track_number")]
    return named.order_by(*places, "published_at", "pk")
